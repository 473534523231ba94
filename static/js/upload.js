// A form with a large file: how much of it has been sent. Without this script the browser shows its own sign.
(() => {
  "use strict";
  const form = document.querySelector("form[data-upload]");
  const place = form?.querySelector("[data-upload-progress]");
  if (!place || !window.FormData) return;
  const bar = place.querySelector("progress");
  const words = place.querySelector("[role=status]");

  form.addEventListener("submit", (event) => {
    const file = form.querySelector("input[type=file]")?.files[0];
    if (!file || file.size < 500000) return;
    event.preventDefault();
    const request = new XMLHttpRequest();
    request.open("POST", form.action || location.href);
    request.upload.addEventListener("progress", (sent) => {
      if (!sent.lengthComputable) return;
      bar.value = Math.round((sent.loaded / sent.total) * 100);
      words.textContent = `${bar.value}%`;
    });
    // The answer is a page: of where the form led, or the form again with what is wrong.
    request.addEventListener("load", () => {
      if (request.responseURL && request.responseURL !== location.href) location.assign(request.responseURL);
      else {
        const page = new DOMParser().parseFromString(request.responseText, "text/html");
        document.querySelector("main").replaceWith(page.querySelector("main"));
        document.querySelector("[role=alert]")?.scrollIntoView();
      }
    });
    request.addEventListener("error", () => form.submit());
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    place.hidden = false;
    request.send(new FormData(form));
  });
})();
