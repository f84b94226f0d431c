// Links within the page: what is folded about their places opens, and what was chosen stays in the address.
(() => {
  "use strict";
  const named = (part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part; // a percent sign that encodes nothing
    }
  };

  const show = () => {
    const part = address.place(), place = (id) => document.getElementById(id);
    const target = place(part) ?? place(named(part));
    for (let one = target; one !== null; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true;
    target?.scrollIntoView();
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (link === null || event.defaultPrevented || elsewhere || !address.read().size) return;
    event.preventDefault();
    address.go(link.getAttribute("href").slice(1));
  });
  addEventListener("hashchange", show);
  show();
})();
