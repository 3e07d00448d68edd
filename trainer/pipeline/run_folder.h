// The files of a run, by name.
#pragma once
#include "deployment/run_folder.h"

namespace espalier::pipeline {

using deployment::RunFolder;

}  // namespace espalier::pipeline
