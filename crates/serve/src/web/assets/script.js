// Niceties. Every page works without them.
"use strict";
document.addEventListener("keydown", (event) => {
  const at = event.target;
  const typing = at instanceof HTMLElement && (at.isContentEditable || /^(input|select|textarea)$/i.test(at.tagName));
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const search = document.querySelector("input[type=search]");
  if (search) {
    event.preventDefault();
    search.focus();
    search.select();
  }
});
for (const button of document.querySelectorAll("button.copy")) {
  const from = button.parentElement.querySelector("code");
  if (!from || !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(from.textContent);
    document.getElementById("said").textContent = "Copied";
    const mark = button.querySelector("span");
    mark.textContent = "Copied";
    setTimeout(() => { mark.textContent = "Copy"; }, 1500);
  });
}
