// The keyboard opens furo's two menus, whose checkboxes are hidden, and scrolls what is too wide, which Safari leaves to the mouse.
for (const label of document.querySelectorAll(".nav-overlay-icon, .toc-overlay-icon")) {
  const box = document.getElementById(label.htmlFor);
  const drawer = document.querySelector(box.id === "__toc" ? ".toc-drawer" : ".sidebar-drawer");
  const show = (open) => {
    box.checked = open;
    (open ? drawer.querySelector("a, input") : label).focus();
  };
  label.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    show(!box.checked);
  });
  drawer.addEventListener("keydown", ({ key }) => key === "Escape" && box.checked && label.checkVisibility() && show(false));
}
new ResizeObserver(() => {
  for (const box of document.querySelectorAll("pre, .table-wrapper, .math, article table:not(.docutils)"))
    box.scrollWidth > box.clientWidth ? box.setAttribute("tabindex", "0") : box.removeAttribute("tabindex");
}).observe(document.body);
