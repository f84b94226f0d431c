// Cases of a table's rows, worst first, and their slices with contours: decoded when a case is looked at.
(() => {
  "use strict";
  const { drawn, made, percent, mean } = figures;
  const KINDS = ["reference", "a", "b"], PAIR = ["a", "b"], FIELDS = [...PAIR, "structure"];
  const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

  class Cases {
    constructor(root, data) {
      const [one, all] = [(part) => root.querySelector(part), (part) => root.querySelectorAll(part)];
      Object.assign(this, { root, data, name: root.id, fields: one("form").elements, boxes: [...all("input")] });
      Object.assign(this, { list: one(".list"), view: one(".view"), picture: one(".slice"), strip: one(".slices") });
      this.rows = new Map(data.rows.map((row) => [row.key, row]));
      this.section = root.closest("details");
      const [first, second] = this.rows.keys();
      this.usual = { a: first, b: second ?? "", structure: "" };
      this.asked = 0;
      root.hidden = false;
      one("form").addEventListener("submit", (event) => event.preventDefault());
      for (const kind of PAIR) this.offer(kind);
      one("form").addEventListener("input", (event) => {
        if (PAIR.includes(event.target.name)) this.offer(event.target.name);
        this.order(this.place, this.slice);
      });
      for (const box of this.boxes) box.addEventListener("input", () => this.draw());
      root.addEventListener("keydown", (event) => this.press(event));
      this.section.addEventListener("toggle", () => this.section.open && this.place === undefined && this.order());
      for (const link of document.querySelectorAll(`a[href="#${this.section.id}"][data-explore]`)) {
        link.addEventListener("click", (event) => this.explore(event, link.dataset));
      }
      addEventListener("hashchange", () => this.read());
      this.read();
    }

    // Take what the address says; the first two rows where it says nothing, and no case.
    read() {
      const state = address.read(), get = (name) => state.get(`${this.name}.${name}`);
      if (this.chosen().every(([name, value, usual]) => (get(name) ?? usual) === value)) return;
      for (const name of FIELDS) {
        const field = this.fields[name];
        field.value = get(name) ?? this.usual[name];
        if (field.selectedIndex === -1) field.value = this.usual[name];
      }
      for (const kind of PAIR) this.offer(kind, get(`${kind}_run`));
      const turned = (get("turned") ?? "").split(" ");
      for (const box of this.boxes) box.checked = box.defaultChecked !== turned.includes(box.name);
      if (get("case") === null) return this.close();
      const place = this.data.cases.findIndex((one) => one.name === get("case")), slice = parseInt(get("slice")) - 1;
      this.open();
      if (!address.place()) this.section.scrollIntoView();
      this.order(place === -1 ? undefined : place, Number.isNaN(slice) ? undefined : slice);
    }

    open() {
      for (let one = this.section; one; one = one.parentElement.closest("details")) one.open = true;
    }

    // Look at no case: once opened again, the section begins with the worst.
    close() {
      this.place = this.case = undefined;
      this.asked += 1;
      this.section.open = false;
    }

    // Offer the runs of the row that is chosen: one if it has it, else the run that stayed, else the usual one.
    offer(kind, wanted = this.fields[`${kind}_run`].value) {
      const field = this.fields[`${kind}_run`], row = this.row(kind), runs = row?.runs ?? [];
      field.replaceChildren(...runs.map(({ seed }) => made("option", { textContent: seed })));
      field.value = runs.some(({ seed }) => seed === wanted) ? wanted : row?.usual ?? "";
      field.parentElement.hidden = !row;
    }

    // Show a row's cases, the worst of them first, by the structure that its table shows.
    explore(event, { explore: key, structure }) {
      event.preventDefault();
      const { a, b } = this.fields;
      this.fields.structure.value = structure;
      if (b.value === key) b.value = a.value === key ? "" : a.value;
      a.value = key;
      for (const kind of PAIR) this.offer(kind, null);
      this.open();
      this.section.scrollIntoView();
      this.order();
      this.view.focus({ preventScroll: true });
    }

    // What is shown, by name, with the value that needs no words.
    chosen() {
      const turned = this.boxes.filter((box) => box.checked !== box.defaultChecked).map((box) => box.name);
      return [
        ...FIELDS.map((name) => [name, this.fields[name].value, this.usual[name]]),
        ...PAIR.map((kind) => [`${kind}_run`, this.fields[`${kind}_run`].value, this.row(kind)?.usual ?? ""]),
        ["turned", turned.join(" "), ""],
        ["case", this.case?.name ?? "", ""],
        ["slice", this.case?.slices ? String(this.slice + 1) : "", ""],
      ];
    }

    keep() {
      address.keepSoon(...this.chosen().map(([name, ...values]) => [`${this.name}.${name}`, ...values]));
    }

    row(kind) {
      return this.rows.get(this.fields[kind].value);
    }

    run(kind) {
      return this.row(kind)?.runs.find(({ seed }) => seed === this.fields[`${kind}_run`].value);
    }

    // What a method's run is called: its row, and its seed.
    named(kind) {
      return `${kind.toUpperCase()}: ${this.row(kind).label}, ${this.run(kind).seed}`;
    }

    numbers(kind, place) {
      const chosen = this.fields.structure.value;
      const rows = this.run(kind)?.numbers[place] ?? [];
      return rows.filter((_, number) => !chosen || this.data.structures[number] === chosen);
    }

    dice(kind, place) {
      return mean(this.numbers(kind, place).map(([value]) => value));
    }

    // List the cases by rising Dice of method A, what it has no Dice of last, and look at one: the worst if not said.
    order(place, slice) {
      const dice = this.data.cases.map((_, number) => this.dice("a", number) ?? 2);
      this.worst = [...dice.keys()].sort((one, other) => dice[one] - dice[other]);
      const rows = this.worst.map((number) => {
        const button = made("button", { type: "button", textContent: this.data.cases[number].name });
        button.addEventListener("click", () => this.look(number));
        const cells = PAIR.map((kind) => made("td", { textContent: percent(this.dice(kind, number)) }));
        return made("tr", {}, made("th", { scope: "row" }, button), ...cells);
      });
      this.list.querySelector("tbody").replaceChildren(...rows);
      this.look(place ?? this.worst[0], slice);
    }

    // Decode a case and show it; its slice with most wrong pixels of method A if none is said.
    async look(place, slice) {
      const asked = ++this.asked;
      this.place = place;
      this.case = this.data.cases[place];
      this.mark();
      this.tell();
      if (this.picture === null) return this.showSlice(0);
      const [reference, ...tiles] = this.case.key ? document.getElementById(this.case.key).textContent.split("\n") : [];
      const texts = [reference, ...PAIR.map((kind) => this.text(kind, place))];
      const found = await Promise.all(texts.map((text) => masks.unpacked(text)));
      if (asked !== this.asked) return; // another case or method was asked for meanwhile
      this.tiles = tiles;
      this.masks = Object.fromEntries(KINDS.map((kind, number) => [kind, found[number]]));
      this.showSlice(slice ?? this.worstSlice());
    }

    text(kind, place) {
      const key = CSS.escape(this.run(kind)?.key ?? "");
      const kept = this.root.parentElement.querySelector(`script[data-masks="${key}"]`);
      return kept?.textContent.split("\n")[place];
    }

    worstSlice() {
      const compared = PAIR.map((kind) => this.masks[kind]).find((mask) => mask.width);
      const mask = compared ?? { width: 0, labels: [] };
      const wrong = this.tiles.map((_, slice) => masks.wrong(this.masks.reference, mask, slice));
      return wrong.indexOf(Math.max(...wrong));
    }

    showSlice(slice) {
      this.slice = Math.max(0, Math.min(slice, (this.case.slices?.length ?? 1) - 1));
      this.draw();
    }

    draw() {
      if (this.picture !== null) this.drawSlices();
      const rank = `${this.worst.indexOf(this.place) + 1} of ${this.worst.length}, worst first`;
      const slices = this.case.slices;
      const where = slices ? `, slice ${slices[this.slice]} of ${this.case.total}` : "";
      const lacks = this.picture !== null && !slices ? "; no slices of it are kept" : "";
      const patient = this.case.name.includes(this.case.patient) ? "" : ` of patient ${this.case.patient}`;
      this.view.querySelector(".told").textContent = `${this.case.name}${patient}${where} (${rank})${lacks}`;
      this.keep();
    }

    drawSlices() {
      for (const kind of PAIR) {
        const label = this.view.querySelector(`[data-name=${kind}]`);
        label.textContent = this.row(kind) ? this.named(kind) : "";
        label.parentElement.hidden = !this.row(kind);
      }
      this.picture.toggleAttribute("hidden", !this.tiles.length);
      if (!this.tiles.length) return this.strip.replaceChildren();
      this.fill(this.picture, this.slice, true);
      this.picture.ariaLabel = `Slice ${this.case.slices[this.slice]} of ${this.case.name} with contours`;
      const buttons = this.tiles.map((_, slice) => {
        const button = made("button", { type: "button", ariaLabel: `Slice ${this.case.slices[slice]}` });
        button.append(this.fill(drawn("svg", { "aria-hidden": "true" }), slice, false));
        if (slice === this.slice) button.setAttribute("aria-current", "true");
        button.addEventListener("click", () => this.showSlice(slice));
        return button;
      });
      const focused = this.strip.contains(document.activeElement);
      this.strip.replaceChildren(...buttons);
      if (focused) buttons[this.slice].focus();
    }

    // Draw a slice into an SVG: the picture, the contours that are wanted, and the structures' names.
    fill(svg, slice, large) {
      const { width, height, ratio } = this.case;
      const [left, top, right, bottom] = this.shownBox();
      svg.setAttribute("viewBox", `${left} ${top * ratio} ${right - left} ${(bottom - top) * ratio}`);
      const href = `data:image/jpeg;base64,${this.tiles[slice]}`;
      const inside = drawn("g", { transform: `scale(1 ${ratio})` });
      inside.append(drawn("image", { href, width, height, preserveAspectRatio: "none" }));
      svg.replaceChildren(inside);
      const size = (right - left) / 30, named = [];
      this.data.structures.forEach((structure, number) => {
        if (this.fields.structure.value && this.fields.structure.value !== structure) return;
        const lines = KINDS.map((kind) => this.lines(kind, slice, number + 1));
        lines.forEach((some, place) => {
          const d = some.map((line) => `M${line.map((point) => point.join(" ")).join("L")}Z`).join("");
          if (d) inside.append(drawn("path", { d, class: KINDS[place] }));
        });
        const points = (lines.find((some) => some.length) ?? []).flat();
        const [x, y] = points.reduce((one, other) => (other[1] < one[1] ? other : one), [0, Infinity]);
        if (!large || y === Infinity) return;
        const place = { x: x + size / 3, y: y * ratio - size / 3 };
        const near = named.find((one) => Math.hypot(one.x - place.x, one.y - place.y) < 2 * size);
        if (near) place.y = near.y + 2.2 * size; // within, where it would stand on the name of what is about it
        named.push(place);
        svg.append(drawn("text", { ...place, "font-size": size }, structure));
      });
      return svg;
    }

    lines(kind, slice, label) {
      const wanted = this.boxes.find((box) => box.name === kind).checked;
      return wanted ? masks.outline(this.masks[kind], slice, label) : [];
    }

    // The part of a slice that holds all contours of the case, or the whole of it.
    shownBox() {
      const { width, height } = this.case, whole = [0, 0, width, height];
      const found = masks.box(Object.values(this.masks));
      if (found === null || this.boxes.find((box) => box.name === "whole").checked) return whole;
      const margin = 8 + Math.max(found[2] - found[0], found[3] - found[1]) / 8;
      const [left, top] = found.map((side) => Math.max(0, side - margin));
      return [left, top, Math.min(width, found[2] + margin), Math.min(height, found[3] + margin)];
    }

    tell() {
      const runs = Object.fromEntries(PAIR.filter((kind) => this.row(kind)).map((kind) => [kind, this.run(kind)]));
      const told = Object.keys(runs).map((kind) => made("li", { textContent: this.named(kind) }));
      this.view.querySelector(".runs")?.replaceChildren(...told);
      const rows = figures.rows(this.data, this.place, runs);
      this.view.querySelector(".numbers tbody").replaceChildren(...rows);
    }

    mark() {
      const buttons = [...this.list.querySelectorAll("button")];
      buttons.forEach((button, number) => {
        if (this.worst[number] === this.place) button.setAttribute("aria-current", "true");
        else button.removeAttribute("aria-current");
      });
      const shown = buttons[this.worst.indexOf(this.place)], { offsetTop } = shown.closest("tr");
      if (this.list.contains(document.activeElement)) shown.focus({ preventScroll: true });
      const room = 2 * shown.offsetHeight, below = offsetTop - this.list.scrollTop;
      if (below < room || below > this.list.clientHeight - room) this.list.scrollTop = offsetTop - room;
    }

    press(event) {
      const step = STEPS[event.key], modified = event.altKey || event.ctrlKey || event.metaKey;
      if (step === undefined || modified || event.target.tagName === "SELECT") return;
      event.preventDefault();
      const place = this.worst.indexOf(this.place) + step[0];
      if (step[1]) this.showSlice(this.slice + step[1]);
      else if (place >= 0 && place < this.worst.length) this.look(this.worst[place]);
    }
  }

  for (const element of document.querySelectorAll("script[data-cases]")) {
    new Cases(document.getElementById(element.dataset.cases), JSON.parse(element.textContent));
  }
})();
