// Keeps a draft while it is written: some seconds after the last key, the form is sent as it stands. Without this
// script the button that puts it aside does the same.
(() => {
  "use strict";
  const form = document.querySelector("form[data-draft]");
  const says = form?.querySelector("[data-draft-says]");
  if (!form) return;
  const QUIET = 3000;
  let timer = null, running = false, again = false, isLeaving = false;

  async function keep() {
    if (isLeaving) return;
    if (running) { again = true; return; }
    running = true;
    try {
      const answer = await fetch(location.href, { method: "POST", body: new FormData(form), headers: { "X-Requested-With": "draft" } });
      const told = await answer.json();
      if (answer.ok) form.elements.version.value = told.version;
      says.textContent = told.says;
      says.classList.toggle("warn", !answer.ok);
    } catch { says.textContent = document.getElementById("notices")?.dataset.lost ?? ""; }
    running = false;
    if (again) { again = false; later(); }
  }
  function later() { clearTimeout(timer); timer = setTimeout(keep, QUIET); }
  form.addEventListener("input", later);
  // What is on its way must not come after what the button sends.
  form.addEventListener("submit", () => { isLeaving = true; clearTimeout(timer); });
})();
