"""Where a model is fitted and served: one file an option, all behind one small protocol."""
