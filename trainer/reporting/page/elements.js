// Pieces of the page. Text is always set as text, never as HTML: names come from recipes and file systems.
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "style") for (const [name, text] of Object.entries(value)) made.style.setProperty(name, text);
    else made.setAttribute(key, value === true ? "" : value);
  }
  for (const child of children.flat(3)) if (child !== undefined && child !== null) made.append(child);
  return made;
}

/** A numbered place of the page with an entry in the table of contents. Returns the section to fill. */
function section(id, title, lead) {
  const made = element("section", { id }, element("h2", {}, title));
  if (lead) made.append(element("p", { class: "lead" }, lead));
  document.getElementById("sections").append(made);
  document.querySelector("nav .inner").append(element("a", { href: "#" + id }, title));
  return made;
}

const pill = (text, kind) => element("span", { class: "pill " + kind }, text);

function tile(what, value, unit, more) {
  return element("div", { class: "tile" }, element("div", { class: "what" }, what),
    element("div", { class: "value" }, value, unit ? element("small", {}, unit) : null),
    more ? element("div", { class: "more" }, more) : null);
}

/** One of several views; `show(choice)` is called with the first at once. */
function choices(options, show, chosen = options[0]) {
  const buttons = options.map((option) => element("button", { type: "button", onclick: () => choose(option) }, option));
  function choose(option) {
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", options[i] === option));
    show(option);
  }
  choose(chosen);
  return element("div", { class: "choices", role: "group" }, buttons);
}

function selector(label, options, chosen, changed) {
  const select = element("select", { onchange: () => changed(select.value) },
    options.map(([value, text]) => element("option", { value, selected: value === chosen }, text)));
  return element("label", {}, label, select);
}

/**
 * columns: {title, value(row) for sorting, text(row) to show (a string or an element), number, share(row) in [0, 1],
 * wrap, hint}. Rows whose value is absent sort last. `pick(row)` makes rows choosable.
 */
function table(columns, rows, { sortable = false, pick, picked, foot } = {}) {
  let order = rows.slice(), by = null, descending = false;
  const body = element("tbody");
  const fill = () => body.replaceChildren(...order.map(rowElement));
  const text = (column, row) => (column.text ? column.text(row) : column.value(row)) ?? absent;
  function rowElement(row) {
    const cells = columns.map((column) => {
      const shown = text(column, row);
      const cell = element("td", { class: [column.number && "number", column.share && "bar", column.wrap && "wrap", column.class,
        shown === absent && "none"].filter(Boolean).join(" ") || null }, column.share ? element("span", {}, shown) : shown);
      if (column.share) cell.style.setProperty("--share", Math.max(0, Math.min(1, column.share(row) || 0)));
      return cell;
    });
    if (!pick) return element("tr", {}, cells);
    const choose = () => {
      body.querySelectorAll(".picked").forEach((other) => other.classList.remove("picked"));
      made.classList.add("picked");
      picked = row;
      pick(row);
    };
    const made = element("tr", { class: row === picked ? "pick picked" : "pick", tabindex: 0, onclick: choose,
      onkeydown: (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(); } } }, cells);
    return made;
  }
  function sortBy(column, head) {
    descending = by === column ? !descending : Boolean(column.number);
    by = column;
    const known = (value) => value !== undefined && value !== null && !Number.isNaN(value);
    order.sort((a, b) => {
      const x = column.value(a), y = column.value(b);
      if (!known(x) || !known(y)) return known(y) - known(x);
      return (x < y ? -1 : x > y ? 1 : 0) * (descending ? -1 : 1);
    });
    head.parentNode.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", descending ? "descending" : "ascending");
    fill();
  }
  const head = element("tr", {}, columns.map((column) => {
    const kind = [column.number && "number", sortable && column.value && "sortable"].filter(Boolean).join(" ");
    const sorts = sortable && column.value;
    const cell = element("th", { class: kind || null, title: column.hint, scope: "col", tabindex: sorts ? 0 : null }, column.title);
    if (sorts) cell.addEventListener("click", () => sortBy(column, cell));
    if (sorts) cell.addEventListener("keydown", (event) => { if (event.key === "Enter") sortBy(column, cell); });
    return cell;
  }));
  fill();
  return element("div", { class: "scroll" }, element("table", {}, element("thead", {}, head), body,
    foot ? element("tfoot", {}, element("tr", {}, foot.map((cell, i) => element("td", { class: columns[i].number ? "number" : null }, cell)))) : null));
}
