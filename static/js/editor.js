// The editor of a program saves itself, and shows its check and its preview anew. Without this script its buttons do.
(() => {
  "use strict";
  const QUIET = 1500; // after the last key
  const PARTS = ["check", "preview", "trial"];
  let timer = 0, running = null, isChanged = false;
  const typed = new Set(); // the controls that were changed since the last request left
  const form = () => document.querySelector("form[data-editor]");
  const status = (key) => {
    const place = form()?.querySelector("[data-status]");
    if (place) place.textContent = key ? form().dataset[key] : "";
  };

  function later(control) {
    isChanged = true;
    typed.add(control);
    status("unsaved");
    clearTimeout(timer);
    timer = setTimeout(() => send("save", false), QUIET);
  }

  // One request at a time: each carries the revision that the one before it made.
  function send(verb, isWhole) {
    clearTimeout(timer);
    running = (running ?? Promise.resolve()).then(() => post(verb, isWhole));
    return running;
  }

  async function post(verb, isWhole) {
    const sent = form();
    const body = new FormData(sent);
    body.set("do", verb);
    isChanged = false;
    typed.clear();
    status("saving");
    try {
      const answer = await fetch(sent.action, { method: "POST", body, headers: { "X-Editor": "1" } });
      if (new URL(answer.url).pathname !== new URL(sent.action).pathname) return location.assign(answer.url);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!page.querySelector("form[data-editor]")) throw new Error();
      show(page, isWhole || !answer.ok, answer.ok);
    } catch {
      isChanged = true;
      status("unsaved");
      const notices = document.getElementById("notices");
      if (notices) notices.textContent = notices.dataset.lost;
    }
  }

  function show(page, isWhole, isSaved) {
    const fresh = page.querySelector("form[data-editor]");
    const open = [...document.querySelectorAll("#trial details")].map((one) => one.open);
    for (const id of PARTS) swap(document.getElementById(id), page.getElementById(id));
    document.querySelectorAll("#trial details").forEach((one, number) => { one.open = open[number] ?? false; });
    swap(document.querySelector(".page-head"), page.querySelector(".page-head"));
    if (isWhole) {
      const focused = document.activeElement?.id;
      keepOpen(form(), fresh);
      carryOver(fresh);
      swap(form(), fresh);
      if (isChanged) timer = setTimeout(() => send("save", false), QUIET);
      document.dispatchEvent(new Event("portal:drawn"));
      const at = page.getElementById("editor").dataset.at || focused;
      const target = isSaved ? at && document.getElementById(at) : form().querySelector("[role=alert]");
      if (target) {
        if (!isSaved) target.tabIndex = -1;
        unfold(target);
        target.focus({ preventScroll: true });
        target.scrollIntoView({ block: "nearest" });
      }
    } else {
      form().elements.revision.value = fresh.elements.revision.value;
      swap(form().querySelector(".work-tabs"), fresh.querySelector(".work-tabs"));
      for (const old of form().querySelectorAll("[data-live][id]")) swap(old, page.getElementById(old.id));
    }
    status(!isSaved ? "stale" : isChanged ? "unsaved" : "saved");
  }

  // A row that was open stays open, one that was folded stays folded; a new one comes as it is.
  function keepOpen(old, fresh) {
    for (const row of old.querySelectorAll("details[id]")) {
      const same = fresh.querySelector(`#${CSS.escape(row.id)}`);
      if (same) same.open = row.open || Boolean(same.querySelector(".has-error"));
    }
  }

  function unfold(target) {
    for (let row = target.closest("details"); row; row = row.parentElement.closest("details")) row.open = true;
  }

  // What was typed while the answer was on its way stays.
  function carryOver(fresh) {
    for (const control of typed) {
      const same = [...fresh.elements].filter((one) => one.name === control.name && one.type !== "hidden");
      if (!control.name || !same.length) continue;
      if (control.type === "checkbox") {
        const box = same.find((one) => one.value === control.value);
        if (box) box.checked = control.checked;
      } else if (same[0].tagName !== "SELECT" || [...same[0].options].some((one) => one.value === control.value)) {
        same[0].value = control.value;
      }
    }
  }

  function swap(old, fresh) {
    if (old && fresh) old.replaceWith(document.adoptNode(fresh));
  }

  document.addEventListener("input", (event) => { if (event.target.form === form() && form()) later(event.target); });
  document.addEventListener("change", (event) => {
    if (!form() || event.target.form !== form()) return;
    if (event.target.matches("[data-refresh]")) send("save", true);
    // A text field says "change" once more when it is left: what was typed is saved already, or on its way.
    else if (event.target.matches("select, [type=checkbox], [type=radio]")) later(event.target);
  });
  document.addEventListener("submit", (event) => {
    if (event.target !== form()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    send(event.submitter?.value || "save", true);
  }, true);
  addEventListener("beforeunload", (event) => { if (isChanged) event.preventDefault(); });
  // A link to a field in a row that is folded opens the row.
  function unfoldLinked() {
    const target = document.getElementById(location.hash.slice(1));
    if (!target?.closest("details")) return;
    unfold(target);
    target.scrollIntoView({ block: "center" });
  }
  addEventListener("hashchange", unfoldLinked);
  unfoldLinked();
  // A link to a field of this section goes to it; one to another section or on to what follows saves first.
  document.addEventListener("click", async (event) => {
    const link = event.target.closest(".editor a[href^='?section='], .page-head .end a, #effects a, #trial .head a");
    if (!link || !isChanged || event.ctrlKey || event.metaKey || event.button) return;
    event.preventDefault();
    await send("save", false);
    if (!isChanged) location.assign(link.href);
  });
})();
