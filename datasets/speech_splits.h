// Which of training, validation and testing a recording belongs to.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "datasets/dataset.h"

namespace espalier::datasets {

/// The rule of the corpus itself (Warden 2018, arXiv:1804.03209; `which_set` of its reference code): SHA-1 of the file
/// name without `_nohash_` and what follows, so that a speaker's recordings stay together, modulo 2^27, in percent of
/// 2^27 - 1. Below `validation_percent`: validation; below that plus `test_percent`: test.
Split split_by_hash(std::string_view file_name, double validation_percent = 10, double test_percent = 10);

/// validation_list.txt and testing_list.txt of a corpus, or the hash where neither is there.
class SpeechSplits {
 public:
  /// Adds a Problem where one list is missing or holds a line twice.
  SpeechSplits(const std::filesystem::path& root, std::vector<Problem>& problems);
  bool from_lists() const { return from_lists_; }
  /// `id` is "yes/0a7c2a8d_nohash_0.wav".
  Split of(const std::string& id) const;
  /// The entries ("testing_list.txt:17" and id) whose files are not there.
  std::vector<Problem> absent(const std::filesystem::path& root) const;

 private:
  void read(const std::filesystem::path& file, Split split, std::vector<Problem>& problems);
  struct Entry {
    Split split;
    std::string origin;
  };
  std::unordered_map<std::string, Entry> entries_;
  bool from_lists_ = false;
};

}  // namespace espalier::datasets
