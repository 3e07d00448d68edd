// What every component of the program promises, and every table from operator to handler.
#include "pipeline/components.h"

#include <filesystem>
#include <set>

#include "base/files.h"
#include "base/text.h"
#include "catch.h"
#include "exporting/onnx/writer.h"
#include "exporting/torchscript/writer.h"
#include "integer/arithmetic.h"
#include "integer/lowering.h"
#include "nn/anchors.h"
#include "nn/executor.h"
#include "pipeline/recipe.h"
#include "schema/document.h"

using namespace espalier;

namespace {

/// {type: key, every optional key: its default}.
schema::Value with_defaults(const schema::Registry::Entry& entry, bool written) {
  auto map = schema::Value::map({{"type", schema::Value::scalar(entry.key)}});
  for (const auto& field : entry.fields.all)
    if (written && !field.required) map.set(field.key, schema::parse(field.fallback, "default"));
  return map;
}

std::vector<std::string> texts_of(const std::vector<Problem>& problems) {
  std::vector<std::string> texts;
  for (const auto& problem : problems) texts.push_back(problem.text);
  return texts;
}

std::vector<std::string> problems_of(const schema::Registry& registry, const schema::Registry::Entry& entry,
                                     const schema::Value& value) {
  std::vector<Problem> problems;
  registry.make<void>(entry.kind, value, problems);
  return texts_of(problems);
}

void check_explained(const std::string& what, const schema::Fields& fields) {
  INFO(what);
  CHECK(!fields.summary.empty());
  std::set<std::string> keys;
  for (const auto& field : fields.all) {
    INFO(field.key);
    CHECK(keys.insert(field.key).second);
    CHECK(!field.doc.empty());
    CHECK(!field.type.empty());
    CHECK(fields.help().find(field.key) != std::string::npos);
    CHECK(fields.help().find(field.doc) != std::string::npos);
  }
}

/// {kind, file} of every line of every components.inc.
std::vector<std::pair<std::string, std::string>> listed() {
  std::vector<std::pair<std::string, std::string>> all;
  const std::filesystem::path root = ESPALIER_SOURCE_DIR;
  for (const char* top : {"trainer", "datasets"})
    for (const auto& file : std::filesystem::recursive_directory_iterator(root / top)) {
      if (file.path().filename() != "components.inc") continue;
      const auto text = read_text(file.path());
      for (std::size_t at = text.find("COMPONENT("); at != std::string::npos; at = text.find("COMPONENT(", at + 1)) {
        const auto comma = text.find(", ", at), end = text.find(')', at);
        all.emplace_back(text.substr(at + 10, comma - at - 10), text.substr(comma + 2, end - comma - 2));
      }
    }
  return all;
}

}  // namespace

TEST_CASE("every component explains itself and its keys") {
  const auto registry = pipeline::all_components();
  for (const auto& entry : registry.entries()) check_explained(entry.kind + " " + entry.key, entry.fields);
}

TEST_CASE("every part of a recipe and every layer explains itself") {
  check_explained("recipe", schema::fields_of<pipeline::RecipeOptions>());
  check_explained("training", schema::fields_of<training::TrainingOptions>());
  check_explained("early_stop", schema::fields_of<training::EarlyStop>());
  check_explained("teacher", schema::fields_of<pipeline::TeacherOptions>());
  check_explained("budget", schema::fields_of<pipeline::BudgetOptions>());
  const auto operators = graph::standard_operators();
  for (const auto& key : operators.keys()) check_explained(key, operators.find(key)->fields);
}

TEST_CASE("defaults that are written down are the defaults that are left out") {
  const auto registry = pipeline::all_components();
  for (const auto& entry : registry.entries()) {
    INFO(entry.kind << " " << entry.key << " " << with_defaults(entry, true).dump());
    CHECK(problems_of(registry, entry, with_defaults(entry, true)) ==
          problems_of(registry, entry, with_defaults(entry, false)));
  }
}

TEST_CASE("what a recipe resolves to reads as the same recipe") {
  const auto resolved = [](const schema::Value& value) {
    std::vector<Problem> problems;
    const auto options = schema::read_options<training::TrainingOptions>(value, "training", problems);
    CHECK(problems.empty());
    return schema::resolved_options(options);
  };
  const auto first = resolved(schema::parse("{epochs: 7, warmup: 0.5, optimizer: {type: sgd, lr: 0.1}}", "test"));
  CHECK(resolved(schema::parse(first.yaml(), "again")).dump() == first.dump());
}

TEST_CASE("every component refuses a key that it does not have, by name") {
  const auto registry = pipeline::all_components();
  for (const auto& entry : registry.entries()) {
    INFO(entry.kind << " " << entry.key);
    auto value = with_defaults(entry, false);
    value.set("no_such_key", schema::Value::scalar("1"));
    CHECK(join(problems_of(registry, entry, value), "\n").find("no_such_key") != std::string::npos);
  }
}

TEST_CASE("every line of every components.inc is a component of its kind") {
  const auto registry = pipeline::all_components();
  std::set<std::string> kinds;
  for (const auto& [kind, file] : listed()) {
    INFO(kind << " " << file);
    kinds.insert(kind);
    CHECK(!registry.keys(kind).empty());
  }
  const auto known = registry.kinds();
  CHECK(std::set<std::string>(known.begin(), known.end()) == kinds);
  CHECK(registry.entries().size() >= listed().size());
}

TEST_CASE("no backend has a hole: every operator is handled or refused with a reason") {
  const auto operators = graph::standard_operators();
  const auto none = std::vector<std::string>{};
  CHECK(nn::anchors().holes(operators) == none);
  CHECK(integer::lowering_holes(operators) == none);
  CHECK(exporting::torchscript::torchscript_holes(operators) == none);
  CHECK(exporting::onnx::onnx_holes(operators) == none);
  for (const auto& [key, reason] : nn::anchors().refused) CHECK(!reason.empty());
}

namespace {

template <std::size_t... Index>
void check_rows(std::index_sequence<Index...>) {
  for (const auto arithmetic : {integer::Arithmetic::tflm, integer::Arithmetic::ort_f32_even})
    for (const auto& row : {integer::arithmetic_row(integer::Instruction(std::in_place_index<Index>), arithmetic)...}) {
      CHECK(!row.reason.empty());
      // Validation runs tflm: nothing that can be lowered may lack a row there.
      if (arithmetic == integer::Arithmetic::tflm) CHECK(row.exact);
    }
}

}  // namespace

TEST_CASE("every instruction has a row in every arithmetic, with its reason") {
  check_rows(std::make_index_sequence<std::variant_size_v<integer::Instruction>>());
}
