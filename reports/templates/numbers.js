// What the case explorer shows of numbers, and how elements are made for it.
const figures = (() => {
  "use strict";

  const drawn = (name, attributes, ...inside) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...inside);
    return element;
  };
  const made = (name, properties, ...inside) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...inside);
    return element;
  };

  // What rounds to nothing has no sign.
  const unsigned = (text) => (Number(text) === 0 ? text.replace("-", "") : text);
  const fixed = (value, digits = 1) => (value === null ? "–" : unsigned(value.toFixed(digits)).replace("-", "−"));
  const percent = (value) => fixed(value === null ? null : 100 * value);
  const mean = (values) => {
    const known = values.filter((value) => value !== null);
    return known.length ? known.reduce((sum, value) => sum + value) / known.length : null;
  };
  const error = ([, , , predicted, reference]) => (predicted === null ? null : predicted - reference);

  // A case's rows: of each structure and of all a row for each run, by kind.
  const rows = (data, place, runs) => {
    const each = data.structures.flatMap((structure, number) =>
      ofEach(data, structure, runs, (run) => run.numbers[place]?.[number]),
    );
    return [...each, ...ofEach(data, "all", runs, (run) => run.numbers[place] && average(run.numbers[place]))];
  };

  // The means over the structures, of volume errors without their sign.
  const average = (numbers) => {
    const [dice, hd95, asd] = [0, 1, 2].map((place) => mean(numbers.map((one) => one[place])));
    const sizes = numbers.map(error).map((one) => (one === null ? null : Math.abs(one)));
    return [dice, hd95, asd, mean(sizes), 0, ""];
  };

  const ofEach = (data, structure, runs, numbers) => Object.entries(runs).flatMap(([kind, run]) => {
    const one = numbers(run);
    return one ? [row(data, structure, kind, one)] : [];
  });

  const row = (data, structure, kind, one) => {
    const [dice, hd95, asd, , , mark] = one, volume = fixed(error(one), data.digits);
    const more = structure !== "all" && error(one) > 0 && Number(volume) !== 0;
    const volumes = data.digits === null ? [] : [(more ? "+" : "") + volume];
    const texts = [kind.toUpperCase(), `${percent(dice)} ${mark}`, ...volumes, fixed(hd95), fixed(asd)];
    const cells = texts.map((textContent) => made("td", { textContent }));
    cells[0].className = "left";
    return made("tr", {}, made("th", { scope: "row", textContent: structure }), ...cells);
  };

  return { drawn, made, percent, mean, rows };
})();
