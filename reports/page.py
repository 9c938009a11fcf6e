def write_pages(w, s, r): return {}
