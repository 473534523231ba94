// Everything here makes a page quicker to use; nothing here is needed to use it.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const words = () => document.getElementById("notices")?.dataset ?? {};
  const say = (text) => {
    const place = document.getElementById("notices");
    if (place && text) place.textContent = text;
  };

  // -- Keys: j k move between rows, x selects, / searches, ? explains. The person may switch them off. -------------
  const KEYS_OFF = "portal.keys.off";
  const isWriting = (target) => target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], dialog");
  const rowLinks = () => all("table.list tbody a.main").filter((link) => link.offsetParent);

  function moveRow(step) {
    const links = rowLinks();
    const row = document.activeElement.closest("table.list tbody tr");
    const now = links.findIndex((link) => row && row.contains(link));
    const next = links[now < 0 ? (step > 0 ? 0 : links.length - 1) : now + step];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  }

  function selectRow() {
    document.activeElement.closest("table.list tbody tr")?.querySelector("input[type=checkbox]")?.click();
  }

  const explain = () => document.getElementById("keys")?.showModal();
  const search = () => {
    const field = all("[data-search]").find((input) => input.offsetParent);
    field ? field.focus() : document.querySelector("header .find")?.click();
  };
  const KEYS = { j: () => moveRow(1), k: () => moveRow(-1), x: selectRow, "/": search, "?": explain };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      closeMenus();
      if (event.target.matches?.("[data-search]")) event.target.blur();
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isWriting(event.target)) return;
    if (!KEYS[event.key] || localStorage.getItem(KEYS_OFF)) return;
    event.preventDefault();
    KEYS[event.key]();
  });

  function rememberKeys() {
    const box = document.querySelector("[data-keys-switch]");
    if (!box) return;
    box.checked = !localStorage.getItem(KEYS_OFF);
    box.addEventListener("change", () => (box.checked ? localStorage.removeItem(KEYS_OFF) : localStorage.setItem(KEYS_OFF, "1")));
  }

  // -- Menus close by Escape and by a click elsewhere --------------------------------------------------------------
  function closeMenus(except) {
    all("details[data-menu][open]").forEach((menu) => {
      if (menu === except) return;
      menu.open = false;
      if (!except) menu.querySelector("summary").focus();
    });
    if (location.hash === "#rail") location.hash = "main";
  }
  document.addEventListener("click", (event) => {
    const menu = event.target.closest("details[data-menu]");
    all("details[data-menu][open]").forEach((open) => { if (open !== menu) open.open = false; });
    if (location.hash === "#rail" && !event.target.closest("#rail, .menu")) location.hash = "main";
  });
  addEventListener("hashchange", () => { if (location.hash === "#rail") document.querySelector("#rail .close")?.focus(); });

  // -- A form that was changed asks before it is left; a form that was sent is not sent twice -----------------------
  const changed = new Set();
  const isGuarded = (form) => form && form.method === "post" && !form.closest("[data-no-guard]");
  const note = (event) => { if (isGuarded(event.target.form)) changed.add(event.target.form); };
  document.addEventListener("input", note);
  document.addEventListener("change", note);
  addEventListener("beforeunload", (event) => {
    if ([...changed].some((form) => form.isConnected)) event.preventDefault();
  });

  const QUIET_SECONDS = 15; // an answer that is a file leaves the page as it is
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) return event.preventDefault();
    changed.delete(form);
    form.dataset.sent = "1";
    const button = event.submitter;
    button?.classList.add("is-busy");
    setTimeout(() => say(words().busy), 1000);
    setTimeout(() => release(form), QUIET_SECONDS * 1000);
  });
  function release(form) {
    delete form.dataset.sent;
    all(".is-busy", form).forEach((button) => button.classList.remove("is-busy"));
  }
  addEventListener("pageshow", (event) => { if (event.persisted) all("form[data-sent]").forEach(release); });
  document.addEventListener("htmx:afterRequest", (event) => { if (event.target.matches?.("form")) release(event.target); });

  // -- A link marked data-dialog opens its confirm page in place ----------------------------------------------------
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-dialog]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    try {
      const answer = await fetch(link.href, { headers: { "X-Requested-With": "dialog" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const form = page.querySelector("main form.sheet");
      if (!answer.ok || answer.redirected || !form) throw new Error();
      openDialog(form, page.querySelector("h1")?.textContent ?? "", link);
    } catch {
      location.assign(link.href);
    }
  });
  function openDialog(form, title, link) {
    const dialog = document.createElement("dialog");
    const head = document.createElement("div");
    const heading = document.createElement("h2");
    head.className = "head";
    heading.id = "dialog-title";
    heading.textContent = title;
    head.append(heading);
    dialog.setAttribute("aria-labelledby", heading.id);
    form.action = link.href;
    form.dataset.noGuard = "";
    dialog.append(head, document.adoptNode(form));
    form.querySelector(".foot a.btn-plain")?.addEventListener("click", (event) => { event.preventDefault(); dialog.close(); });
    dialog.addEventListener("close", () => { dialog.remove(); link.focus(); });
    document.body.append(dialog);
    dialog.showModal();
  }

  // -- Chosen rows are counted ------------------------------------------------------------------------------------
  function count(table) {
    const boxes = all("td.pick input[type=checkbox]", table);
    const chosen = boxes.filter((box) => box.checked);
    boxes.forEach((box) => box.closest("tr").classList.toggle("is-chosen", box.checked));
    const scope = table.closest("form, .sheet") ?? document;
    all("[data-selection]", scope).forEach((bar) => { bar.hidden = !chosen.length; });
    all("[data-selection-count]", scope).forEach((place) => { place.textContent = (words().chosen ?? "{}").replace("{}", chosen.length); });
    const top = table.querySelector("[data-pick-all]");
    if (top) { top.checked = chosen.length > 0 && chosen.length === boxes.length; top.indeterminate = chosen.length > 0 && !top.checked; }
  }
  document.addEventListener("change", (event) => {
    const table = event.target.closest("table.list");
    if (!table) return;
    if (event.target.matches("[data-pick-all]")) all("td.pick input[type=checkbox]", table).forEach((box) => { box.checked = event.target.checked; });
    if (event.target.matches("td.pick input, [data-pick-all]")) count(table);
  });

  // -- htmx: progress of an upload, a session that has ended, a server that is away ---------------------------------
  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = event.target.querySelector?.("progress[data-upload]");
    if (!bar || !event.detail.lengthComputable) return;
    bar.hidden = false;
    bar.max = event.detail.total;
    bar.value = event.detail.loaded;
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.responseURL && new URL(xhr.responseURL).pathname.startsWith("/accounts/")) {
      event.detail.shouldSwap = false;
      location.reload();
    }
  });
  document.addEventListener("htmx:sendError", () => say(words().lost));
  document.addEventListener("htmx:responseError", () => say(words().lost));

  // -- When the page is there -------------------------------------------------------------------------------------
  function begin() {
    document.documentElement.classList.add("has-script");
    rememberKeys();
    all("[data-selection]").forEach((bar) => { bar.hidden = true; });
    all("table.list").forEach((table) => { if (table.querySelector("td.pick")) count(table); });
    const focus = () => document.querySelector("[data-focus]")?.focus();
    focus();
    if (location.hash) addEventListener("load", () => setTimeout(focus)); // going to the fragment takes the focus away
  }
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", begin) : begin();
})();
