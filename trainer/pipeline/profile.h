// `trainer profile`: what a model takes, of a run, a recipe or a file.
#pragma once
#include <string>
#include <vector>

#include "reporting/target_fit.h"
#include "schema/registry.h"
#include "targets/profile.h"

namespace espalier::pipeline {

struct ProfileRequest {
  std::string run;     ///< a run's folder or a .tflite file; or else
  std::string config;  ///< a recipe, whose student is profiled before training
  std::vector<std::string> overrides;
  std::string target;    ///< a name or a file; "": the recipe's
  std::string runtime;   ///< of the target; "": the recipe's exports or the target decide
  std::string measured;  ///< a log of the bench; "": none
  bool host = false;     ///< time it on this machine, in the runtimes that are installed
};

struct Profiled {
  targets::Profile profile;
  std::vector<reporting::TargetFit> everywhere;  ///< on every known target
};

/// Throws Error(mistake) for what cannot be read or is not known.
Profiled profile(const ProfileRequest& request, const schema::Registry& registry);

/// The page; without a target it ends in a table of all known ones.
std::string text_of(const Profiled& profiled);
Json to_json(const Profiled& profiled);

}  // namespace espalier::pipeline
