// Masks as a page holds them: "x y width height base64", the deflated labels of a box, slice after slice.
const masks = {
  unpacked: async (text) => {
    if (!text) return { left: 0, top: 0, width: 0, height: 0, labels: new Uint8Array() };
    const [left, top, width, height, packed] = text.split(" ");
    const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    const labels = new Uint8Array(await new Response(stream).arrayBuffer());
    return { left: +left, top: +top, width: +width, height: +height, labels };
  },

  label: ({ left, top, width, height, labels }, slice, x, y) => {
    const [column, row] = [x - left, y - top];
    const inside = column >= 0 && row >= 0 && column < width && row < height;
    return inside ? labels[(slice * height + row) * width + column] : 0;
  },

  // The box that holds some masks: [left, top, right, bottom]; null where nothing is labelled.
  box: (some) => {
    const filled = some.filter((one) => one.width);
    const sides = filled.map(({ left, top, width, height }) => [left, top, left + width, top + height]);
    const far = (place) => (place < 2 ? Math.min : Math.max)(...sides.map((one) => one[place]));
    return filled.length ? [0, 1, 2, 3].map(far) : null;
  },

  // How many pixels of a slice have another label in two masks.
  wrong: (one, other, slice) => {
    const [left, top, right, bottom] = masks.box([one, other]) ?? [0, 0, 0, 0];
    let count = 0;
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        count += masks.label(one, slice, x, y) !== masks.label(other, slice, x, y);
      }
    }
    return count;
  },

  // The outline of a label on a slice, along the edges of its pixels, as points of closed lines.
  outline: (mask, slice, label) => {
    const next = new Map(), wide = mask.left + mask.width + 1;
    const at = (x, y) => masks.label(mask, slice, x, y) === label;
    const edge = (x, y, toX, toY) => {
      const from = y * wide + x, to = toY * wide + toX;
      if (next.has(from)) next.get(from).push(to);
      else next.set(from, [to]);
    };
    for (let y = mask.top; y < mask.top + mask.height; y++) {
      for (let x = mask.left; x < mask.left + mask.width; x++) {
        if (!at(x, y)) continue;
        if (!at(x, y - 1)) edge(x, y, x + 1, y);
        if (!at(x + 1, y)) edge(x + 1, y, x + 1, y + 1);
        if (!at(x, y + 1)) edge(x + 1, y + 1, x, y + 1);
        if (!at(x - 1, y)) edge(x, y + 1, x, y);
      }
    }
    const lines = [];
    for (const [first, ends] of next) {
      while (ends.length) {
        const line = [first];
        for (let place = ends.pop(); place !== first; place = next.get(place).pop()) line.push(place);
        lines.push(line.map((place) => [place % wide, Math.floor(place / wide)]));
      }
    }
    return lines;
  },
};
