// What `predict` is given: files, and folders of files.
#pragma once
#include <string>
#include <vector>

#include "base/json.h"

namespace espalier::deployment {

/// `given` with each folder replaced by the files in it and below it that a model with this front end takes, in the
/// order of their names: recordings, pictures, .csv files, or for beats WFDB headers. Throws Error(mistake) that names
/// a folder in which there is none. Everything else, "camera:0" and files that are not there included, stays as it is.
std::vector<std::string> files_of(const std::vector<std::string>& given, const Json& front_end);

}  // namespace espalier::deployment
