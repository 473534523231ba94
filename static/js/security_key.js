// allauth's script speaks to the key; this one tells the person when that failed.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.querySelectorAll("main .key-trouble").forEach((old) => old.remove());
  const note = document.getElementById("key_trouble").content.firstElementChild.cloneNode(true);
  note.classList.add("key-trouble");
  document.getElementById("main").prepend(note);
});
