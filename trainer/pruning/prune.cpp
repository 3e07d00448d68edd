// Iterative pruning: the least important weights or channels are masked a few at a time while the network trains on,
// along a schedule over the modifier's window. What is pruned stays pruned. When the window closes the goal is met
// exactly, and masked channels are taken out of the network. Zhu and Gupta 2017, "To prune, or not to prune",
// arXiv:1710.01878.
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "compression/modifier.h"
#include "compression/schedule.h"
#include "pruning/structure.h"
#include "schema/readers.h"
#include "schema/registry.h"

namespace espalier::pruning::prune {

using compression::Model, compression::Step;

struct Options {
  std::string structure = "channels", scope = "global", schedule = "cubic";
  schema::Part criterion;
  double sparsity = 0.5, initial_sparsity = 0, macs = 1;
  schema::Every every{50, false};
  std::vector<std::string> layers = {"*"}, ignore;
  std::int64_t minimum_channels = 4, multiple_of = 4;
  bool remove = true;

  static void describe(schema::Describe<Options>& d) {
    d.about("iterative pruning of weights or channels", "Zhu & Gupta 2017, arXiv:1710.01878");
    d.key("structure", &Options::structure, "what goes").one_of({"channels", "weights"});
    d.key("criterion", &Options::criterion, "what makes it worth keeping (kind criterion); by default l1");
    d.key("scope", &Options::scope, "global: ranked over all layers; layer: the same fraction in each")
        .one_of({"global", "layer"});
    d.key("sparsity", &Options::sparsity,
          "fraction of the selected layers' weights or channels that is gone in the end")
        .range(0, 0.99);
    d.key("initial_sparsity", &Options::initial_sparsity, "the fraction when the window opens").range(0, 0.99);
    d.key("macs", &Options::macs,
          "fraction of the network's multiply-accumulates to keep at most; below 1 it replaces `sparsity`")
        .range(0.01, 1);
    d.key("schedule", &Options::schedule, "how the fraction grows over the window").one_of(compression::ramp_names());
    d.key("every", &Options::every, "how often more is pruned");
    d.key("layers", &Options::layers, "names of the layers that may be pruned; * and ? match");
    d.key("ignore", &Options::ignore, "layers to leave alone, among those");
    d.key("minimum_channels", &Options::minimum_channels, "of a layer that always stay").range(1, 65536);
    d.key("multiple_of", &Options::multiple_of, "kept channels are rounded up to a multiple of this").range(1, 1024);
    d.key("remove", &Options::remove, "whether masked channels are taken out when the window closes");
  }
};

class Prune : public compression::Modifier {
 public:
  Prune(Options options, std::shared_ptr<Structure> structure, std::shared_ptr<Criterion> criterion)
      : options_(std::move(options)),
        selection_{options_.layers, options_.ignore},
        structure_(std::move(structure)),
        criterion_(std::move(criterion)) {}

  compression::Writes writes() const override { return compression::Writes::masks; }

  void check(const graph::Network& student, const schema::Value& value, double, double, double,
             std::vector<Problem>& problems) const override {
    const auto before = problems.size();
    const auto able = structure_->layers(student);
    check_patterns(student, able, value, "layers", options_.layers, problems);
    check_patterns(student, node_names(student), value, "ignore", options_.ignore, problems);
    if (problems.size() != before) return;
    if (std::none_of(able.begin(), able.end(), [&](const std::string& layer) { return selection_.holds(layer); }))
      return problems.push_back({value.origin().text(), "prune: `layers` and `ignore` leave no layer to prune"});
    if (auto obstacle = structure_->obstacle(student, selection_, goal_at(1)); !obstacle.empty())
      problems.push_back({value.origin().text(), "prune: " + obstacle});
  }

  graph::Network outcome(const graph::Network& student, compression::Outcome which) const override {
    const bool stays = !structure_->removal().empty() && !options_.remove;  // masked channels that nobody takes out
    return stays ? student : structure_->outcome(student, selection_, goal_at(1), which);
  }

  void before_step(Model& model, Step& step) override {
    if (is_due(step)) structure_->prune(model, *criterion_, selection_, goal_at(step.window));
  }

  void close(Model& model) override {
    structure_->prune(model, *criterion_, selection_, goal_at(1));
    if (options_.remove && !structure_->removal().empty()) model.rewrite(structure_->removal());
  }

 private:
  bool is_due(const Step& step) const {
    const double steps =
        options_.every.amount * (options_.every.epochs ? static_cast<double>(step.steps_per_epoch) : 1.0);
    const auto interval = std::max<std::int64_t>(1, std::llround(steps));
    return step.window <= 0 || step.window >= 1 || step.index % interval == 0;
  }

  Goal goal_at(double window) const {
    const auto ramp = compression::ramp_of(options_.schedule);
    Goal goal{.sparsity = compression::value_at(ramp, options_.initial_sparsity, options_.sparsity, window),
              .macs = 1,
              .global = options_.scope == "global",
              .minimum_channels = options_.minimum_channels,
              .multiple_of = options_.multiple_of};
    if (options_.macs < 1) goal.macs = compression::value_at(ramp, 1, options_.macs, window);
    return goal;
  }

  static std::vector<std::string> node_names(const graph::Network& network) {
    std::vector<std::string> all;
    for (const auto& node : network.nodes) all.push_back(node.name);
    return all;
  }

  /// A selector that reaches nothing is a mistake: a misspelt name, or a layer that cannot be pruned.
  void check_patterns(const graph::Network& student, const std::vector<std::string>& able, const schema::Value& value,
                      const char* key, const std::vector<std::string>& patterns, std::vector<Problem>& problems) const {
    const auto* written = value.find(key);
    for (std::size_t i = 0; i < patterns.size(); ++i) {
      const auto& pattern = patterns[i];
      const auto matches = [&](const std::string& name) { return glob_matches(pattern, name); };
      if (std::any_of(able.begin(), able.end(), matches)) continue;
      const auto& place = !written                                            ? value
                          : written->is_list() && i < written->items().size() ? written->items()[i]
                                                                              : *written;
      const auto names = node_names(student);
      const bool exists = std::any_of(names.begin(), names.end(), matches);
      problems.push_back(
          {place.origin().text(),
           exists ? concat("prune: '", pattern, "' in ", key, " matches only layers that have no ", options_.structure,
                           " of their own to prune; there are ", join(able, ", "))
                  : concat("prune: '", pattern, "' in ", key, " matches no layer", did_you_mean(pattern, names))});
    }
  }

  Options options_;
  Selection selection_;
  std::shared_ptr<Structure> structure_;
  std::shared_ptr<Criterion> criterion_;
};

std::unique_ptr<Prune> build(const Options& options, const schema::Registry& registry, std::vector<Problem>& problems) {
  const auto& given = options.criterion.value;
  const auto before = problems.size();
  auto criterion = registry.make<Criterion>(
      "criterion", given.is_null() ? schema::Value::scalar("l1", given.origin()) : given, problems);
  auto structure = registry.make<Structure>("structure", schema::Value::scalar(options.structure), problems);
  if (criterion && options.structure == "weights" && criterion->looks_at() != graph::Role::weight)
    problems.push_back(
        {given.origin().text(), "prune: this criterion scores channels; it needs `structure: channels`"});
  if (options.initial_sparsity > options.sparsity)
    problems.push_back({given.origin().text(), concat("prune: initial_sparsity ", options.initial_sparsity,
                                                      " is above sparsity ", options.sparsity)});
  if (problems.size() != before) return nullptr;
  return std::make_unique<Prune>(options, std::move(structure), std::move(criterion));
}

void enlist(schema::Registry& registry) { registry.add<compression::Modifier, Options>("modifier", "prune", build); }

}  // namespace espalier::pruning::prune
