// Public pages: the print button, and an interview in which the browser's own "back" and "reload" work.
// Without this script every page of the interview is sent as an ordinary form.
(() => {
  "use strict";
  const OVER = "interview.over"; // runs that were cleared in this tab: their answers are not shown again
  const run = () => history.state?.run ?? null;
  let now = null;

  // -- The interview: each step is an entry of this tab's history; its answers stand in that entry and nowhere else --
  const isOver = (name) => (sessionStorage.getItem(OVER) ?? "").split(" ").includes(name);
  const newRun = () => crypto.getRandomValues(new Uint32Array(2)).join("-");

  async function ask(url, answers) {
    const options = answers === null ? {} : { method: "POST", body: new URLSearchParams(answers) };
    const response = await fetch(url, { ...options, headers: { "X-Requested-With": "interview" } });
    if (!response.ok) throw new Error(response.status);
    return new DOMParser().parseFromString(await response.text(), "text/html");
  }

  function show(page) {
    const place = document.getElementById("main");
    place.replaceChildren(...document.importNode(page.getElementById("main"), true).childNodes);
    document.title = page.title;
    begin();
    scrollTo(0, 0);
    (place.querySelector("[data-focus]") ?? place.querySelector("[data-question]"))?.focus({ preventScroll: true });
  }

  // Many people click twice: the second click would answer the next question.
  document.addEventListener("click", (event) => {
    if (event.detail > 1 && event.target.closest("form[data-interview] button")) event.preventDefault();
  }, true);

  let isAsking = false;
  async function send(event) {
    const form = event.target;
    if (!form.matches?.("form[data-interview]")) return;
    event.preventDefault();
    if (isAsking) return;
    isAsking = true;
    const answers = new URLSearchParams(new FormData(form, event.submitter)).toString();
    now = run() ?? newRun();
    if (!history.state?.run) history.replaceState({ run: now, answers: null }, "");
    try {
      const page = await ask(form.action, answers);
      history.pushState({ run: now, answers }, "");
      show(page);
    } catch {
      leaveByForm(form, event.submitter);
    } finally {
      isAsking = false;
    }
  }

  // The ordinary way, which also shows what the server has to say when it refuses.
  function leaveByForm(form, submitter) {
    if (submitter?.name) {
      const field = Object.assign(document.createElement("input"), { type: "hidden", name: submitter.name, value: submitter.value });
      form.append(field);
    }
    form.submit();
  }

  function forgotten() {
    history.replaceState(null, "");
    location.replace(location.pathname);
  }

  async function restore() {
    const state = history.state;
    if (!state?.run) return;
    if (isOver(state.run)) return forgotten();
    try {
      show(await ask(location.pathname, state.answers));
    } catch {
      forgotten();
    }
  }

  document.addEventListener("submit", send);
  addEventListener("popstate", () => { if (document.querySelector("[data-interview]")) restore(); });

  // -- Whoever sits down next does not find the answers behind the back button ---------------------------------------
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
    const link = event.target.closest("[data-forget]");
    if (!link) return;
    event.preventDefault();
    if (run()) sessionStorage.setItem(OVER, `${sessionStorage.getItem(OVER) ?? ""} ${run()}`);
    history.replaceState(null, "");
    location.replace(link.href);
  });

  function begin() {
    document.querySelectorAll("[data-print]").forEach((button) => { button.hidden = false; });
  }
  function first() {
    begin();
    if (history.state?.run && history.state.answers !== null && document.querySelector("[data-interview]")) restore();
  }
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", first) : first();
})();
