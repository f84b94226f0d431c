// Figures where the page has no room for them: their tiles go below each other. A frame that still scrolls says so.
(() => {
  "use strict";

  const flow = (svg, room) => {
    svg.dataset.full ??= svg.getAttribute("viewBox");
    const [, , full, height] = svg.dataset.full.split(" ").map(Number);
    let [x, y, row, width] = [0, 0, 0, 0];
    for (const tile of svg.querySelectorAll("[data-tile]")) {
      const [left, top, wide, high] = tile.dataset.tile.split(" ").map(Number);
      if (room >= full) {
        tile.removeAttribute("transform");
        continue;
      }
      if (x > 0 && (x + wide > room || tile.dataset.row)) [x, y, row] = [0, y + row, 0];
      tile.setAttribute("transform", `translate(${x - left} ${y - top})`);
      [x, row, width] = [x + wide, Math.max(row, high), Math.max(width, x + wide)];
    }
    const size = room >= full ? [full, height] : [width, y + row];
    ["width", "height"].forEach((name, place) => svg.setAttribute(name, size[place]));
    svg.setAttribute("viewBox", `0 0 ${size.join(" ")}`);
  };

  const fitted = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (!target.clientWidth) continue; // within what is folded
      const svg = target.querySelector("svg");
      if (svg?.querySelector("[data-tile]")) flow(svg, target.clientWidth);
      target.classList.toggle("wider", target.scrollWidth > target.clientWidth + 1);
    }
  });
  for (const frame of document.querySelectorAll(".scroll")) fitted.observe(frame);
})();
