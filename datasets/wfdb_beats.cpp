// Heart beats of electrocardiograms in the WFDB format (PhysioNet's MIT-BIH databases), in the classes of the AAMI.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "base/files.h"
#include "base/text.h"
#include "datasets/absent_data.h"
#include "datasets/folder.h"
#include "datasets/series_dataset.h"
#include "datasets/wfdb_heart_beat.h"
#include "schema/registry.h"

namespace espalier::datasets::wfdb_beats {

namespace fs = std::filesystem;

struct Options : SeriesOptions {
  schema::Part root;
  std::vector<std::string> records, same_patient;
  std::string annotator = "atr", lead;
  schema::Milliseconds before{280}, after{430};
  std::int64_t most_per_class = 0;
  bool rr = true;
  static void describe(schema::Describe<Options>& d) {
    d.about("heart beats of WFDB records in AAMI classes, cut around their annotations; patients are never torn apart",
            "Moody and Mark 2001; ANSI/AAMI EC57; de Chazal et al. 2004");
    d.key("root", &Options::root, "folder of .hea, .dat and annotation files, relative to the working directory")
        .must()
        .type = "path";
    d.key("records", &Options::records, "names of the records; empty: all");
    d.key("annotator", &Options::annotator, "extension of the annotation files");
    d.key("lead", &Options::lead, "the signal by its description (MLII); empty: the first");
    d.key("before", &Options::before, "of a window before its beat's annotation").range(1, 60000);
    d.key("after", &Options::after, "of a window behind it").range(1, 60000);
    d.key("rr", &Options::rr,
          "two channels more: the distances to the beats before and behind, relative to the last eight");
    d.key("most_per_class", &Options::most_per_class, "beats of a class in a record, evenly spaced; 0: all")
        .range(0, 1e9);
    d.key("same_patient", &Options::same_patient, "records of one patient, as '201 202'; split as the first");
    describe_series(d);
  }
};

class Reading {
 public:
  Reading(const Options& options, std::vector<Problem>& problems) : options_(options), problems_(problems) {}

  SeriesCatalog read() {
    catalog_.where = options_.root.value.text();
    catalog_.origin = options_.root.value.origin().text();
    catalog_.classes = options_.classes.empty() ? std::vector<std::string>{"N", "S", "V", "F", "Q"} : options_.classes;
    for (const auto& name : catalog_.classes)
      if (name.size() != 1 || std::string("NSVFQ").find(name) == std::string::npos)
        problem(catalog_.origin, fmt::format("class '{}' is none of the AAMI's: N, S, V, F, Q", name));
    for (const auto& records : options_.same_patient) {
      const auto names = split(records, ' ');
      for (const auto& name : names) patients_[name] = names[0];
    }
    for (const auto& name : find_records()) try_record(name);
    note(damaged_, "damaged records left out");
    note(outside_, "beats at the ends of records passed over");
    note(passed_over_, "beats of other classes passed over");
    return std::move(catalog_);
  }

 private:
  std::vector<std::string> find_records() {
    const fs::path root = options_.root.value.text();
    std::vector<std::string> names = options_.records;
    if (!is_folder(root)) return problem(catalog_.origin, no_folder(root, "heartbeat")), names;
    for (const auto& name : names)
      if (name.find_first_of("/\\") != std::string::npos || !is_file(root / (name + ".hea")))
        problem(catalog_.origin, fmt::format("{} has no record '{}'", root.string(), name));
    if (names.empty())
      for (const auto& entry : entries_of(root))
        if (entry.extension() == ".hea") names.push_back(entry.stem().string());
    std::sort(names.begin(), names.end());
    if (names.empty()) problem(catalog_.origin, fmt::format("{} has no WFDB record (.hea)", root.string()));
    return names;
  }

  void try_record(const std::string& name) {
    if (!problems_.empty()) return;
    try {
      add_record(name);
    } catch (const Error& error) {
      if (options_.on_error != "skip" || catalog_.bytes > options_.memory.count) throw;
      ++damaged_;
    }
  }

  void add_record(const std::string& name) {
    const fs::path root = options_.root.value.text(), header = root / (name + ".hea");
    refuse_link_out(header);
    const auto record = read_wfdb(header);
    refuse_link_out(root / record.header.signals[0].file);
    const auto file = root / (name + "." + options_.annotator);
    refuse_link_out(file);
    auto beats = beats_of(parse_wfdb_annotations(read_bytes(file, 1 << 28), file.string()));
    find_timing(record, header.string());
    SeriesRecording recording{signal_of(record, options_.lead, header.string()), record.samples};
    const auto index = catalog_.recordings.size();
    add_recording(catalog_, std::move(recording), options_.memory);
    std::erase_if(beats, [&](const HeartBeat& beat) { return !is_inside(beat, record.samples); });
    std::map<char, std::vector<HeartBeat>> by_class;
    for (const auto& beat : beats) by_class[beat.aami].push_back(beat);
    for (const auto& [aami, all] : by_class) add_beats(name, std::string(1, aami), thinned(all), index);
  }

  void refuse_link_out(const fs::path& file) const {
    const fs::path root = options_.root.value.text();
    if (is_link_out(file, root)) mistake(file.string(), fmt::format("is a link that leads out of '{}'", root.string()));
  }

  void find_timing(const WfdbRecord& record, const std::string& header) {
    auto& timing = catalog_.timing;
    if (timing.window > 0) {
      if (record.header.rate != timing.rate)
        mistake(header,
                fmt::format("is sampled at {} Hz, the records before it at {}", record.header.rate, timing.rate));
      return;
    }
    const auto rows = [&](schema::Milliseconds time) {
      return static_cast<std::int64_t>(std::min(std::round(time.value * record.header.rate / 1000), 1e9));
    };
    timing = {record.header.rate, rows(options_.before) + rows(options_.after), 1, rows(options_.before)};
    const auto& signals = record.header.signals;
    catalog_.channels = {options_.lead.empty() ? signals[0].description : options_.lead};
    if (options_.rr) catalog_.channels.insert(catalog_.channels.end(), {"rr_previous", "rr_next"});
  }

  bool is_inside(const HeartBeat& beat, std::int64_t samples) {
    const auto begin = beat.sample - catalog_.timing.anchor;
    const bool inside = begin >= 0 && begin + catalog_.timing.window <= samples;
    outside_ += !inside;
    return inside;
  }

  std::vector<HeartBeat> thinned(const std::vector<HeartBeat>& beats) const {
    const auto most = static_cast<std::size_t>(options_.most_per_class);
    if (most == 0 || beats.size() <= most) return beats;
    std::vector<HeartBeat> kept;
    for (std::size_t i = 0; i < most; ++i) kept.push_back(beats[i * beats.size() / most]);
    return kept;
  }

  void add_beats(const std::string& name, const std::string& aami, const std::vector<HeartBeat>& beats,
                 std::size_t recording) {
    const auto label = std::find(catalog_.classes.begin(), catalog_.classes.end(), aami);
    if (label == catalog_.classes.end()) return void(passed_over_ += static_cast<std::int64_t>(beats.size()));
    const auto patient = patients_.find(name);
    for (const auto& beat : beats) {
      SeriesWindow window;
      window.id = fmt::format("{}@{}", name, beat.sample);
      window.group = patient == patients_.end() ? name : patient->second;
      window.label = label - catalog_.classes.begin();
      window.begin = beat.sample - catalog_.timing.anchor;
      window.recording = recording;
      if (options_.rr) window.constants = {beat.rr_previous, beat.rr_next};
      catalog_.splits[0].push_back(std::move(window));
    }
  }

  void note(std::int64_t count, const char* what) {
    if (count) catalog_.notes.push_back(fmt::format("{} {}", grouped_text(count), what));
  }
  void problem(std::string origin, std::string text) { problems_.push_back({std::move(origin), std::move(text)}); }

  const Options& options_;
  std::vector<Problem>& problems_;
  std::map<std::string, std::string> patients_;
  std::int64_t damaged_ = 0, outside_ = 0, passed_over_ = 0;
  SeriesCatalog catalog_;
};

std::unique_ptr<Dataset> build(const Options& options, const schema::Registry&, std::vector<Problem>& problems) {
  std::vector<Problem> found;
  std::unique_ptr<Dataset> data;
  try {
    auto catalog = Reading(options, found).read();
    if (found.empty()) divide(catalog, options, false, found);
    if (found.empty()) data = make_series_dataset(options, std::move(catalog), found);
  } catch (const Error& error) {
    found.insert(found.end(), error.problems().begin(), error.problems().end());
  }
  problems.insert(problems.end(), found.begin(), found.end());
  return data;
}

void enlist(schema::Registry& registry) { registry.add<Dataset, Options>("dataset", "wfdb_beats", build); }

}  // namespace espalier::datasets::wfdb_beats
