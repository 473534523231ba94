/* The answer to a question of consent: only what the chosen form and giver ask for, and a name drawn on the screen. */
(() => {
  const form = document.querySelector("form[enctype]");
  if (!form) return;
  const chosen = (name) => form.querySelector(`input[name="${name}"]:checked`)?.value ?? "";
  const isWanted = (rule) => {
    const [name, value] = rule.split("=");
    return value ? chosen(name) === value : !["", "self"].includes(chosen(name));
  };
  const show = () => form.querySelectorAll("[data-shown-for]").forEach((part) => { part.hidden = !isWanted(part.dataset.shownFor); });
  form.addEventListener("change", show);
  show();

  const canvas = form.querySelector("canvas.signature");
  const field = form.querySelector("[data-signature]");
  if (!canvas || !field) return;
  const pen = canvas.getContext("2d");
  let isDrawing = false, isSigned = false;
  const clear = () => { pen.fillStyle = "#fff"; pen.fillRect(0, 0, canvas.width, canvas.height); isSigned = false; field.value = ""; };
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    isDrawing = isSigned = true;
    canvas.setPointerCapture(event.pointerId);
    pen.strokeStyle = "#000"; pen.lineWidth = 4; pen.lineCap = pen.lineJoin = "round";
    pen.beginPath(); pen.moveTo(...place(event));
  });
  canvas.addEventListener("pointermove", (event) => { if (isDrawing) { pen.lineTo(...place(event)); pen.stroke(); } });
  ["pointerup", "pointercancel"].forEach((name) => canvas.addEventListener(name, () => { isDrawing = false; }));
  form.querySelector("[data-signature-clear]").addEventListener("click", clear);
  form.addEventListener("submit", () => { if (isSigned && chosen("form") === "screen") field.value = canvas.toDataURL("image/png"); });
  clear();
})();
