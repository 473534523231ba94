// The print button of public pages; without this script the browser's own menu prints.
(() => {
  "use strict";
  document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) window.print(); });
  const show = () => document.querySelectorAll("[data-print]").forEach((button) => { button.hidden = false; });
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", show) : show();
})();
