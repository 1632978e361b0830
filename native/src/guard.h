// Turns every C++ exception into a status and a sentence, so that none crosses the C boundary.
#pragma once

#include "auricle.h"
#include "versions.h"

#include <exception>
#include <new>
#include <string>

namespace auricle {

inline std::string &last_error() {
  thread_local std::string message;
  return message;
}

// What a callback returned that the caller has not taken yet.
inline void *&last_failure() {
  thread_local void *failure = nullptr;
  return failure;
}

// Carries what a callback returned through libtorch.
class CallbackFailure : public std::exception {
public:
  explicit CallbackFailure(void *failure) : failure_(failure) {}
  void *failure() const { return failure_; }
  const char *what() const noexcept override { return "The caller's own code failed."; }

private:
  void *failure_;
};

// Reporting a failure must not fail itself: without memory for the sentence, the status has to do.
inline int32_t fail(AurStatus status, const char *message) noexcept {
  try {
    last_error() = message;
  } catch (...) {
    last_error().clear();
  }
  return status;
}

template <typename Body> int32_t guarded(Body &&body) noexcept {
  try {
    body();
    return AUR_OK;
  } catch (const CallbackFailure &error) {
    last_failure() = error.failure();
    return fail(AUR_CALLBACK_FAILED, error.what());
  } catch (const c10::Error &error) {
    return fail(is_out_of_memory(error) ? AUR_OUT_OF_MEMORY : AUR_ERROR, error.what_without_backtrace());
  } catch (const std::bad_alloc &) {
    return fail(AUR_OUT_OF_MEMORY, "The system has no memory left for this operation.");
  } catch (const std::exception &error) {
    return fail(AUR_ERROR, error.what());
  } catch (...) {
    return fail(AUR_ERROR, "An unknown native error occurred.");
  }
}

int32_t copy_text(const std::string &text, char *buffer, int32_t capacity) noexcept;

} // namespace auricle
