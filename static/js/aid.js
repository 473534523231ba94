// A proposal of help asks only what goes with its form; without this everything is shown and the words say which.
(() => {
  const form = document.querySelector("[data-aid]");
  const told = document.getElementById("aid-measures");
  if (!form || !told) return;
  const measures = JSON.parse(told.textContent);
  const select = form.elements.namedItem("form");
  const boxOf = (name) => {
    const field = form.elements.namedItem(name);
    return field && field.closest(".field");
  };
  const draw = () => {
    for (const [name, forms] of Object.entries(measures)) {
      const box = boxOf(name);
      if (box) box.hidden = select.value !== "" && !forms.includes(select.value);
    }
  };
  select.addEventListener("change", draw);
  draw();
})();
