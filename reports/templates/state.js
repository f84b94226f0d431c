// What a reader chose, in the address behind a mark, so that a view can be sent.
const address = {
  MARK: "#~",
  read: () => new URLSearchParams(location.hash.startsWith("#~") ? location.hash.slice(2) : ""),
  keep: (key, value, usual) => {
    const state = address.read();
    if (value === usual) state.delete(key);
    else state.set(key, value);
    history.replaceState(null, "", state.size ? address.MARK + state : location.pathname + location.search);
  },
};
