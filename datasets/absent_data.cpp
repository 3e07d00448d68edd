#include "datasets/absent_data.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <system_error>

namespace espalier::datasets {
namespace {

struct Corpus {
  std::string_view folder;    ///< as recipes call it, in data/
  std::string_view make;      ///< script and option that make a stand-in at the path that follows; may be empty
  std::string_view download;  ///< script that fetches the real data; may be empty
};

constexpr std::array corpora = {
    Corpus{"speech_commands", "make_speech_corpus --output", "download_speech_commands.sh"},
    Corpus{"guide_speech", "make_speech_corpus --words yes no stop go left right --output", ""},
    Corpus{"cifar10", "make_image_corpus --cifar10", "download_cifar10.sh"},
    Corpus{"mnist", "make_image_corpus --mnist", "download_mnist.sh"},
    Corpus{"visual_wake_words", "make_image_corpus --visual-wake-words", "download_visual_wake_words.sh"},
    Corpus{"shapes", "make_detection_corpus", ""},
    Corpus{"bccd", "", ""},  // real, fetched as recipes/blood_cells.yaml says
    Corpus{"VOC2007", "", "download_pascal_voc.sh"},
    Corpus{"coco", "", "download_coco.sh"},
    Corpus{"activity", "make_activity_corpus --output", ""},
    Corpus{"pamap2", "", "download_pamap2.sh"},
    Corpus{"heartbeat", "make_heartbeat_corpus --output", ""},
    Corpus{"mitdb", "", "download_mitdb.sh"},
    Corpus{"sleep", "make_sleep_corpus --output", ""},
    Corpus{"machine_sounds", "make_machine_sounds --output", "download_toyadmos.sh"},
    Corpus{"anomaly_series", "make_anomaly_series --output", ""},
};

const Corpus* corpus_of(std::string_view folder) {
  const auto* found = std::find_if(corpora.begin(), corpora.end(), [&](const Corpus& c) { return c.folder == folder; });
  return found == corpora.end() ? nullptr : &*found;
}

std::string remedy(const std::filesystem::path& root, std::string_view usual) {
  const auto* corpus = corpus_of((root.has_filename() ? root : root.parent_path()).filename().string());
  if (!corpus) corpus = corpus_of(usual);
  if (!corpus) return {};
  const auto make =
      corpus->make.empty() ? "" : fmt::format("; make a stand-in with `scripts/{} {}`", corpus->make, root.string());
  if (corpus->download.empty()) return make;
  return fmt::format("{}{} download the real data with scripts/{}", make, make.empty() ? ";" : ", or",
                     corpus->download);
}

}  // namespace

std::string no_data(const std::string& what, const std::filesystem::path& root, std::string_view usual) {
  std::error_code failure;
  const auto here = std::filesystem::current_path(failure);
  const auto where = root.is_relative() && !failure ? fmt::format(" (in {})", here.string()) : "";
  return fmt::format("{} '{}'{}{}", what, root.string(), where, remedy(root, usual));
}

std::string no_folder(const std::filesystem::path& root, std::string_view usual) {
  return no_data("there is no folder", root, usual);
}

}  // namespace espalier::datasets
