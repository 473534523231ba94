// A choice on which other fields depend brings the page back with them. Without scripts a button does.
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (event.target.matches("[data-refresh]")) form?.requestSubmit(form.querySelector("[data-refresher]"));
});
