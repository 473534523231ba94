"""What knows nothing of our models: numbers, masks, encryption, workbooks, pages, embedded servers."""
