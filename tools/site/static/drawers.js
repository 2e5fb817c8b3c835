// Furo opens its two menus by labels, which no keyboard reaches: here they are buttons. What is too wide scrolls by keyboard in Safari too.
for (const label of document.querySelectorAll("label:is(.nav-overlay-icon, .toc-overlay-icon)")) {
  const box = document.getElementById(label.htmlFor);
  const drawer = document.querySelector(box.id === "__toc" ? ".toc-drawer" : ".sidebar-drawer");
  const button = Object.assign(document.createElement("button"), { type: "button", className: label.className, ariaLabel: drawer.ariaLabel });
  button.append(...label.childNodes);
  label.replaceWith(button);
  const show = (open) => {
    box.checked = open;
    const first = [...drawer.querySelectorAll("a, input")].find((each) => each.checkVisibility({ visibilityProperty: true }));
    (open ? first : button)?.focus();
  };
  button.addEventListener("click", () => show(!box.checked));
  drawer.addEventListener("keydown", ({ key }) => key === "Escape" && box.checked && button.checkVisibility() && show(false));
}
new ResizeObserver(() => {
  for (const box of document.querySelectorAll("pre, .table-wrapper, .math, article table:not(.docutils)"))
    box.scrollWidth > box.clientWidth ? box.setAttribute("tabindex", "0") : box.removeAttribute("tabindex");
}).observe(document.body);
