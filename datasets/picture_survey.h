// Which of a catalogue's files can be read, before anything trains on them.
#pragma once
#include <vector>

#include "base/error.h"
#include "datasets/image_dataset.h"

namespace espalier::datasets {

/// Looks at every file's header, or with `skip` decodes every file: the number of samples must be known from the start.
/// Damaged files become Problems (the first ten, and a count), or with `skip` are taken out of the catalogue, counted
/// and the first of them named in its notes.
void survey(PictureCatalog& catalog, bool skip, std::vector<Problem>& problems);

}  // namespace espalier::datasets
