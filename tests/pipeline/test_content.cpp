#include "pipeline/content.h"

#include "base/text.h"
#include "catch.h"
#include "pipeline/written_recipe.h"

using namespace espalier;
using namespace espalier::pipeline;

namespace {

const char* recipe =
    "name: x\ndata: {type: small}\nstudent: model.yaml\ntraining: {epochs: 4, batch_size: 10}\ncompression:\n"
    "  - {type: distill, teacher: {model: model.yaml}}\n  - {type: quantize, scheme: scheme.yaml, epochs: [2, 4]}\n";
const char* scheme =
    "name: int8\nactivations: {bits: 8, symmetric: false, granularity: tensor}\n"
    "weights: {bits: 8, symmetric: true, granularity: channel, narrow: true}\n";

struct Contents {
  std::string student, teacher, baseline;
};

Contents contents_of(const WrittenRecipe& written, const std::vector<std::string>& overrides = {}) {
  std::vector<Problem> problems;
  const auto plan = written.plan(problems, overrides);
  INFO(all_of(problems));
  REQUIRE(problems.empty());
  return {student_content(plan), teacher_content(plan, plan.teachers.at(0)), baseline_content(plan)};
}

}  // namespace

TEST_CASE("the same files in another folder are the same content; another scheme is not") {
  WrittenRecipe here(recipe), there(recipe);
  here.write("scheme.yaml", scheme);
  there.write("scheme.yaml", concat("# moved\n", scheme));
  const auto one = contents_of(here), other = contents_of(there);
  CHECK(one.student == other.student);
  CHECK(one.teacher == other.teacher);
  CHECK(one.baseline == other.baseline);
  auto changed = std::string(scheme);
  changed.replace(changed.find("symmetric: false"), 16, "symmetric: true");
  there.write("scheme.yaml", changed);
  const auto third = contents_of(there);
  CHECK(one.student != third.student);
  CHECK(one.teacher == third.teacher);
}

TEST_CASE("what changes a result changes the content, what does not does not") {
  WrittenRecipe written(recipe);
  written.write("scheme.yaml", scheme);
  const auto one = contents_of(written);
  const auto same = contents_of(written, {"training.workers=0", "training.checkpoint_every=3", "name=y"});
  CHECK(one.student == same.student);
  for (const char* change : {"seed=2", "training.batch_size=12", "training.warmup=1"}) {
    INFO(change);
    const auto other = contents_of(written, {change});
    CHECK(one.student != other.student);
    CHECK(one.teacher != other.teacher);
    CHECK(one.baseline != other.baseline);
  }
}

TEST_CASE("keys that hold files") {
  CHECK(names_file("scheme"));
  CHECK_FALSE(names_file("root"));
}
