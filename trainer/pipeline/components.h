// Every component of the program in one registry.
#pragma once
#include "schema/registry.h"

namespace espalier::pipeline {

schema::Registry all_components();

}  // namespace espalier::pipeline
