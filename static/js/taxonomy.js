// All categories, as they come over the wire: a list for each property, and of what stands above a
// category the place of its parent, or the labels where the parent is not offered any more.
export async function fetchCategories(address) {
  const reply = await fetch(address);
  if (!reply.ok) throw new Error(`The categories did not come: ${reply.status}`);
  return unpack(await reply.json());
}

function unpack({ facets, facet, code, label, alt, above, n }) {
  const paths = [];
  const pathOf = (at) => {
    const up = above[at];
    paths[at] ??= Array.isArray(up) ? up : [...pathOf(up), label[up]];
    return paths[at];
  };
  return code.map((own, at) => ({
    code: own, label: label[at], alt: alt[at], path: pathOf(at), facet: facets[facet[at]], n: n[at],
  }));
}
