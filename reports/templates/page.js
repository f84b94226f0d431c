// Sorting, filtering and choosing of scores; what is chosen stands in the address, so that a view can be sent.
(() => {
  "use strict";

  const values = {
    label: (row) => row.label.toLowerCase(),
    printed: (row, at) => row.printed[at.structure] ?? null,
    seeds: (row) => row.seeds,
    minutes: (row) => row.minutes,
    dice: (row, at) => row.scores[at.rule][at.structure].dice[0],
    metric: (row, at) => row.scores[at.rule][at.structure][at.metric][0],
  };

  // By value; what has none comes last, also where values fall (falling: -1).
  const compare = (one, other, falling) => {
    if (one === null || other === null) return (one === null) - (other === null);
    return falling * (one < other ? -1 : Number(one > other));
  };

  class Answers {
    constructor(form, table, data) {
      Object.assign(this, { form, table, data, body: table.tBodies[0] });
      this.rows = [...this.body.rows].map((element, place) => ({ element, place, ...data.rows[place] }));
      for (const field of form.elements) {
        field.usual = field.tagName === "SELECT" ? field.options[0].value : "";
        field.addEventListener("input", () => this.chosen(field));
      }
      this.usual = { rule: data.rules[0], ...this.named((field) => field.usual) };
      const fixed = [...table.querySelectorAll("[data-of]")].filter((part) => part.innerHTML.trim());
      this.fixed = fixed.map((part) => ({ part, kept: [...part.childNodes] }));
      for (const head of table.querySelectorAll("th[data-sort]")) this.sortable(head);
      form.addEventListener("submit", (event) => event.preventDefault());
      form.hidden = false;
      addEventListener("hashchange", () => this.read());
      this.read();
    }

    // Take what the address says, and the first of each choice where it says nothing.
    read() {
      const state = address.read();
      for (const field of this.form.elements) {
        field.value = state.get(`${this.table.id}.${field.name}`) ?? field.usual;
        if (field.selectedIndex === -1) field.value = field.usual;
      }
      this.order = state.get(`${this.table.id}.sort`) ?? "";
      this.show();
    }

    chosen(field) {
      address.keep([`${this.table.id}.${field.name}`, field.value, field.usual]);
      this.show();
    }

    sortable(head) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const name = head.dataset.sort;
        this.order = this.order === `-${name}` ? name : this.order === name ? "" : `-${name}`;
        address.keep([`${this.table.id}.sort`, this.order, ""]);
        this.show();
      });
    }

    at() {
      return { rule: this.data.rules[0], ...this.named((field) => field.value) };
    }

    named(value) {
      return Object.fromEntries([...this.form.elements].map((field) => [field.name, value(field)]));
    }

    show() {
      const at = this.at(), { caption } = this.table, structure = this.form.elements.structure.selectedOptions[0].text;
      const of = at.structure === this.usual.structure ? "" : `, ${structure}`;
      const titles = { dice: this.data.titles.dice + of, metric: this.data.titles[at.metric] + of };
      for (const row of this.rows) this.fill(row, at, titles);
      for (const [name, title] of Object.entries(titles)) {
        this.table.querySelector(`th[data-sort=${name}] button`).textContent = title;
      }
      caption.querySelector("[data-name=rule]").textContent = at.rule;
      caption.querySelector("[data-name=structure]").textContent = structure;
      caption.querySelector("[data-name=dashes]").hidden = !this.dash(at);
      this.sort(at);
      const left = this.rows.filter((row) => !row.element.hidden).length;
      const told = document.querySelector(`[data-hidden="${this.table.id}"]`);
      told.hidden = left === this.rows.length;
      told.textContent = told.hidden ? "" : `${left} of ${this.rows.length} rows are shown.`;
    }

    // Put a dash for what is known of the usual choice alone; return whether there is any.
    dash(at) {
      const isOther = (name) => at[name] !== this.usual[name];
      const others = this.fixed.filter(({ part }) => part.dataset.of.split(" ").some(isOther));
      for (const { part, kept } of this.fixed) part.replaceChildren(...kept);
      for (const { part } of others) part.replaceChildren("–");
      return others.length > 0;
    }

    fill(row, at, titles) {
      const scores = row.scores[at.rule][at.structure];
      for (const [name, [, text, interval]] of [["dice", scores.dice], ["metric", scores[at.metric]]]) {
        const cell = row.element.querySelector(`td[data-name=${name}]`);
        cell.querySelector("a.number").textContent = text;
        cell.querySelector(".below").textContent = interval;
        cell.dataset.label = titles[name];
      }
      const { dataset } = row.element.querySelector("[data-explore]");
      dataset.structure = at.structure === this.usual.structure ? "" : at.structure;
      const named = row.label.toLowerCase().includes((at.only ?? "").toLowerCase());
      row.element.hidden = !named || (Boolean(at.family) && row.family !== at.family);
    }

    sort(at) {
      const name = this.order.replace("-", ""), falling = this.order.startsWith("-") ? -1 : 1;
      const value = values[name];
      const sorted = [...this.rows].sort((one, other) => {
        if (one.ceiling !== other.ceiling) return one.ceiling - other.ceiling;
        const found = value === undefined ? 0 : compare(value(one, at), value(other, at), falling);
        return found || one.place - other.place;
      });
      this.body.append(...sorted.map((row) => row.element));
      for (const head of this.table.querySelectorAll("th[data-sort]")) {
        head.ariaSort = head.dataset.sort === name ? (falling < 0 ? "descending" : "ascending") : "none";
      }
    }
  }

  for (const form of document.querySelectorAll("form.choose")) {
    const id = form.dataset.table;
    const data = document.querySelector(`script[data-table="${id}"]`);
    new Answers(form, document.getElementById(id), JSON.parse(data.textContent));
  }
})();
