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
      if (box) box.hidden = !forms.includes(select.value);
    }
  };
  // A heading over nothing is left out as well.
  const underOf = (heading) => {
    const rest = [...heading.parentElement.children].slice([...heading.parentElement.children].indexOf(heading) + 1);
    const end = rest.findIndex((one) => one.tagName === "H2");
    return end < 0 ? rest : rest.slice(0, end);
  };
  const tidy = () => {
    for (const heading of form.querySelectorAll("h2")) heading.hidden = underOf(heading).every((one) => one.hidden);
  };
  const both = () => {
    draw();
    tidy();
  };
  select.addEventListener("change", both);
  both();
})();
