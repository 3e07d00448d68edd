// What a stage's result depends on, as one hash: equal hashes, equal results. Files count by what they
// hold, so that a checkout that moved finds its results.
#pragma once
#include <string>

#include "pipeline/plan.h"

namespace espalier::pipeline {

/// Does a recipe's key of this name hold the path of a file?
bool names_file(const std::string& key);

/// A teacher that is trained here, or the files that one is read from.
std::string teacher_content(const Plan& plan, const TeacherPlan& teacher);
std::string baseline_content(const Plan& plan);
std::string student_content(const Plan& plan);

}  // namespace espalier::pipeline
