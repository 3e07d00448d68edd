// The teachers that modifiers of a recipe name.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "graph/model_file.h"
#include "pipeline/network_source.h"
#include "pipeline/plan.h"

namespace espalier::pipeline {

/// Fills `plan.teachers` while its timeline is made. Needs the plan's recipe, task and data; adds a Problem at the
/// recipe's key for everything that is wrong. All references must outlive it.
class TeacherPlanner {
 public:
  /// `ends`: what the student takes and gives.
  TeacherPlanner(Plan& plan, const graph::Ends& ends, const schema::Registry& registry, std::vector<Problem>& problems)
      : plan_(plan), ends_(ends), registry_(registry), problems_(problems) {}

  /// A network that the calling program has: what `teacher: given` means.
  void give(graph::Network network);
  /// Index into `plan.teachers` of the teacher of a timeline's item; -1 where the modifier has none.
  int teacher_for(const schema::Value& item, const compression::Modifier& modifier);
  /// Refuses layers that student or teacher lack, and hints of a teacher whose layers nobody knows.
  void check_taps(const schema::Value& item, const training::Scheduled& entry);

 private:
  void problem(const schema::Value& at, std::string text) {
    problems_.push_back({at.origin().text(), std::move(text)});
  }
  void make_teacher(const schema::Value& at, TeacherPlan& made);
  void make_input(const schema::Value& input, TeacherPlan& made);
  void make_trained(const schema::Value& at, TeacherPlan& made);
  void make_imported(const schema::Value& at, TeacherPlan& made);
  void try_opaque(const schema::Value& at, const TeacherPlan& made);
  graph::Ends ends_of(const TeacherPlan& teacher) const;

  Plan& plan_;
  const graph::Ends& ends_;
  const schema::Registry& registry_;
  std::vector<Problem>& problems_;
  bool is_given_ = false;
};

}  // namespace espalier::pipeline
