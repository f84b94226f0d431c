// What a reader chose and the place that a link led to, in the address behind a mark, so that a view can be sent.
// The address alone holds it: whoever shows it reads it again when the address changes.
const address = (() => {
  const MARK = "#~", PLACE = "at";
  let waiting = null, later;

  const written = () => new URLSearchParams(location.hash.startsWith(MARK) ? location.hash.slice(MARK.length) : "");
  const read = () => waiting ?? written();

  const write = (state) => {
    clearTimeout(later);
    waiting = null;
    if (String(state) === String(written())) return;
    history.replaceState(null, "", state.size ? MARK + state : location.pathname + location.search);
  };

  // The state with choices, each a key, a value and the value that needs no words; a new one leaves the link's place.
  const changed = (choices) => {
    const state = new URLSearchParams(read());
    for (const [key, value, usual] of choices) {
      if (value === usual) state.delete(key);
      else state.set(key, value);
    }
    if (String(state) !== String(read())) state.delete(PLACE);
    return state;
  };

  const keep = (...choices) => write(changed(choices));

  // Keep choices that follow each other fast: a browser takes only so many changes of the address in a time.
  const keepSoon = (...choices) => {
    waiting = changed(choices);
    clearTimeout(later);
    later = setTimeout(() => write(waiting), 100);
  };

  const place = () => (location.hash.startsWith(MARK) ? written().get(PLACE) ?? "" : location.hash.slice(1));

  // Go to a place of the page as a link does, the focus too, and stay with what was chosen.
  const go = (to) => {
    const state = new URLSearchParams(read());
    state.set(PLACE, to);
    location.hash = to;
    write(state);
  };

  addEventListener("hashchange", () => {
    clearTimeout(later);
    waiting = null;
  });
  return { read, keep, keepSoon, place, go };
})();
