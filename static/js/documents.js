// Papers go out one by one, each with its own bar and its own answer; one that is refused leaves the others alone.
// Without this script the form sends them together and the page says the same of each.
(() => {
  "use strict";
  const form = document.querySelector("form[data-documents]");
  const list = form?.querySelector("[data-documents-list]");
  if (!list || !window.FormData) return;
  const inputs = [...form.querySelectorAll("input[type=file]")];
  const words = form.dataset;
  const says = form.querySelector("[data-documents-says]");
  const limit = Number(words.limit) * 1024 * 1024;
  let rows = [], isSending = false;

  const size = (bytes) => (bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`);
  function put(row, state, text) {
    row.state = state;
    row.line.className = state;
    row.line.querySelector(".says").textContent = text;
    row.line.querySelector("progress").hidden = state !== "going";
  }
  function rowOf(file) {
    const line = document.createElement("li");
    const name = document.createElement("b");
    name.textContent = file.name;
    const bytes = document.createElement("span");
    bytes.className = "quiet small num";
    bytes.textContent = size(file.size);
    const bar = document.createElement("progress");
    bar.max = 100; bar.value = 0; bar.setAttribute("aria-label", file.name);
    const told = document.createElement("span");
    told.className = "says";
    line.append(name, " ", bytes, bar, told);
    const row = { file, line };
    if (file.size > limit) put(row, "refused", words.large);
    else put(row, "waiting", words.waiting);
    return row;
  }
  // What was kept stays in the list; what was chosen anew comes beside it.
  function choose(event) {
    rows = rows.filter((row) => row.state === "kept");
    for (const input of inputs) for (const file of input.files) rows.push(rowOf(file));
    list.replaceChildren(...rows.map((row) => row.line));
    list.hidden = rows.length === 0;
    event?.target.closest(".field")?.classList.remove("has-error");
  }
  function send(row) {
    const data = new FormData(form);
    for (const input of inputs) data.delete(input.name);
    data.append("files", row.file, row.file.name);
    const request = new XMLHttpRequest();
    request.open("POST", form.action || location.href);
    request.setRequestHeader("Accept", "application/json");
    put(row, "going", "0%");
    return new Promise((done) => {
      request.upload.addEventListener("progress", (sent) => {
        if (!sent.lengthComputable) return;
        const part = Math.round((sent.loaded / sent.total) * 100);
        row.line.querySelector("progress").value = part;
        row.line.querySelector(".says").textContent = part < 100 ? `${part}%` : words.checking;
      });
      request.addEventListener("loadend", () => {
        let answer = null;
        try { answer = JSON.parse(request.responseText); } catch { /* a page: signed out, or no connection */ }
        if (answer?.kept?.length) put(row, "kept", words.kept);
        else put(row, "refused", answer?.refused ? `${words.refused}：${answer.refused.join(" ")}` : words.lost);
        done();
      });
      request.send(data);
    });
  }
  form.addEventListener("submit", async (event) => {
    const waiting = rows.filter((row) => row.state !== "kept" && row.file.size <= limit);
    if (isSending || !waiting.length) { if (isSending || rows.length) event.preventDefault(); return; }
    event.preventDefault();
    isSending = true;
    for (const row of waiting) await send(row);
    isSending = false;
    says.textContent = rows.map((row) => `${row.file.name}：${row.line.querySelector(".says").textContent}`).join("；");
    for (const input of inputs) input.value = "";
    if (rows.every((row) => row.state === "kept")) location.assign(words.documents);
  });
  for (const input of inputs) input.addEventListener("change", choose);
  choose();
})();
