// A lead on a bad line: what is written stays on the device, sealed with a key that only this person's pages carry, until
// it has been sent; it is sent again by itself, and the key in the form makes that it counts once. The form works without.
(() => {
  "use strict";
  const PREFIX = "portal.lead.";
  const drop = (keep) => Object.keys(localStorage).filter((name) => name.startsWith(PREFIX) && name !== keep).forEach((name) => localStorage.removeItem(name));

  let form = document.querySelector("form[data-lead]");
  if (!form) return;
  const place = PREFIX + form.dataset.who;
  const secret = form.dataset.lead;
  drop(place); // what somebody else left on this device

  const NAMES = ["key", "seen", "area", "place", "name", "phone", "channel"];
  const says = (words) => { const line = form.querySelector("[data-lead-says]"); if (line) line.textContent = words ?? ""; };
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const text = (array) => btoa(String.fromCharCode(...new Uint8Array(array)));
  const sealer = window.crypto?.subtle?.importKey("raw", bytes(secret), "AES-GCM", false, ["encrypt", "decrypt"]);

  // -- The draft ----------------------------------------------------------------------------------------------------
  const written = () => {
    const data = Object.fromEntries(NAMES.map((name) => [name, form.elements[name]?.value ?? ""]));
    return { ...data, urgency: form.elements.urgency.value, is_agreed: form.elements.is_agreed.checked };
  };
  let last = 0, isSent = false;
  async function keep() {
    const turn = ++last, data = written();
    if (!sealer || isSent) return;
    if (!data.seen && !data.place) { localStorage.removeItem(place); return; }
    const start = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv: start }, await sealer, new TextEncoder().encode(JSON.stringify(data)));
    if (turn !== last || isSent) return;
    try {
      localStorage.setItem(place, `${text(start)}.${text(sealed)}`);
      says(form.dataset.kept);
      form.querySelector("[data-lead-drop]").hidden = false;
    } catch { /* a full or forbidden store: the form works without it */ }
  }
  async function find() {
    const kept = localStorage.getItem(place);
    if (!kept || !sealer || form.querySelector(".has-error")) return;
    try {
      const [start, sealed] = kept.split(".").map(bytes);
      const data = JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv: start }, await sealer, sealed)));
      if (!data.seen && !data.place) return;
      NAMES.forEach((name) => { if (form.elements[name]) form.elements[name].value = data[name]; });
      form.elements.urgency.value = data.urgency;
      form.elements.is_agreed.checked = data.is_agreed;
      says(form.dataset.found);
      form.querySelector("[data-lead-drop]").hidden = false;
    } catch { localStorage.removeItem(place); } // of another day, or altered
  }

  // -- Photos are made small before they go out: a bad line carries a hundred kilobytes, not ten million -------------
  const SIDE = 1600;
  async function shrink(input) {
    if (!window.createImageBitmap || !window.DataTransfer) return;
    const small = new DataTransfer();
    for (const file of input.files) {
      try {
        const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
        const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [picture.width * scale, picture.height * scale].map(Math.round);
        canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
        const drawn = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
        small.items.add(drawn && drawn.size < file.size ? new File([drawn], "photo.jpg", { type: "image/jpeg" }) : file);
      } catch { small.items.add(file); }
    }
    input.files = small.files;
    if (input.files.length) says(form.dataset.shrunk);
  }

  // -- Sending ------------------------------------------------------------------------------------------------------
  let isWaiting = false, isSending = false;
  async function send() {
    if (isSending) return;
    [isSending, isWaiting] = [true, false];
    form.classList.remove("is-waiting");
    says(form.dataset.sending);
    form.querySelector(".btn-primary").classList.add("is-busy");
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "X-Requested-With": "lead" } });
      isSent = answer.status === 201;
      if (isSent) localStorage.removeItem(place);
      if (isSent || answer.redirected) { // elsewhere: to sign in again
        location.assign(isSent ? answer.headers.get("Location") : answer.url);
        return;
      }
      if (answer.status >= 500) throw new Error();
      show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      isWaiting = true;
      form.classList.add("is-waiting");
      says(form.dataset.offline);
    } finally {
      isSending = false;
      form.querySelector(".btn-primary")?.classList.remove("is-busy");
    }
  }
  function show(page) {
    const main = page.querySelector("main");
    const files = form.elements.photos.files;
    document.querySelector("main").replaceWith(document.adoptNode(main));
    form = document.querySelector("form[data-lead]");
    if (!form) return;
    if (!form.elements.photos.closest(".has-error")) form.elements.photos.files = files;
    listen();
    document.querySelector("[data-focus], .has-error input, .has-error textarea")?.focus();
    scrollTo(0, 0);
  }
  function listen() {
    form.addEventListener("input", keep);
    form.elements.photos.addEventListener("change", (event) => shrink(event.target));
    form.addEventListener("submit", (event) => { event.preventDefault(); keep(); send(); });
    form.querySelector("[data-lead-drop]").addEventListener("click", (event) => {
      last += 1;
      localStorage.removeItem(place);
      form.reset();
      says("");
      event.target.hidden = true;
    });
  }
  addEventListener("online", () => { if (isWaiting) send(); });
  setInterval(() => { if (isWaiting && navigator.onLine) send(); }, 15000);
  listen();
  find();
})();
