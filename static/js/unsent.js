// A lead that was written on this device and has not gone out is spoken of where its writer comes by. Its words stay sealed.
(() => {
  "use strict";
  const note = document.querySelector("[data-unsent]");
  try { note.hidden = localStorage.getItem(`portal.lead.${note.dataset.unsent}`) === null; } catch { /* no store, no draft */ }
})();
