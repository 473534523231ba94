// The form of a person: what the number of a resident tells is shown, not asked. Without this script the help says so.
(() => {
  "use strict";
  const number = document.querySelector("[data-identity]");
  const kind = document.getElementById("id_identity_kind");
  const unknown = document.getElementById("id_is_identity_unknown");
  if (!number || !kind) return;
  const field = (name) => document.getElementById(`id_${name}`)?.closest(".field");
  const telling = new Set(["resident", "residence_permit", "permanent_residence"]);
  const told = document.createElement("p");
  told.className = "form-text mb-0";
  told.setAttribute("role", "status");
  number.after(told);

  const read = () => {
    const text = number.value.normalize("NFKC").replace(/[\s-]+/g, "");
    const match = /^\d{6}(\d{4})(\d{2})(\d{2})\d{2}(\d)[\dX]$/i.exec(text);
    const day = match && new Date(Date.UTC(+match[1], +match[2] - 1, +match[3]));
    const isDay = day && day.getUTCMonth() === +match[2] - 1 && day.getUTCDate() === +match[3];
    if (!telling.has(kind.value) || !isDay) return "";
    const gender = document.querySelector(`#id_gender option[value="${+match[4] % 2 ? "male" : "female"}"]`);
    return `${match[1]}-${match[2]}-${match[3]} · ${gender ? gender.textContent : ""}`;
  };
  const show = () => {
    const words = read();
    const nobody = Boolean(unknown && unknown.checked);
    told.textContent = nobody ? "" : words;
    for (const name of ["birth_date", "gender"]) field(name).hidden = !nobody && words !== "";
    field("nationality").hidden = !nobody && !["passport", "permanent_residence", "none"].includes(kind.value);
    field("number").hidden = nobody || kind.value === "none";
    field("identity_kind").hidden = nobody;
    field("looks").hidden = !nobody && !field("looks").querySelector("textarea").value;
  };
  for (const control of [number, kind, unknown]) control?.addEventListener("input", show);
  kind.addEventListener("change", show);
  unknown?.addEventListener("change", show);
  show();
})();
