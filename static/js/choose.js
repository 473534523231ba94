// Long lists one can type into: select[data-choose]. Without this script they are ordinary lists.
(() => {
  "use strict";
  function begin() {
    for (const select of document.querySelectorAll("select[data-choose]:not(.tomselected)")) {
      const label = document.querySelector(`label[for="${select.id}"]`);
      if (label && !select.hasAttribute("aria-label")) select.setAttribute("aria-label", label.firstChild.textContent.trim());
      new TomSelect(select, {
        maxOptions: 200,
        plugins: select.multiple ? ["remove_button"] : [],
        render: { no_results: () => `<div class="no-results">${select.dataset.nothing ?? ""}</div>` },
      });
    }
  }
  begin();
  document.addEventListener("portal:drawn", begin); // a part of the page was drawn anew
})();
