// SPDX-License-Identifier: Apache-2.0
#include "backend/host/codegen.h"

#include <fmt/format.h>

#include "backend/host/convert.h"
#include "backend/host/transfer.h"

namespace psmc::host {
namespace {

constexpr std::string_view kRuntime = R"(
declare i32 @psmc_rt_open_image(ptr, i64, ptr, ptr)
declare void @psmc_rt_close(ptr)
declare i32 @psmc_rt_write(ptr, i64, ptr nocapture readonly, i64)
declare i32 @psmc_rt_read(ptr, i64, ptr nocapture, i64)
declare ptr @psmc_rt_staging(ptr, i64)
declare i32 @psmc_rt_launch(ptr, i32, ptr)
declare i32 @psmc_rt_fail(ptr, i32, ptr)
declare ptr @psmc_rt_last_error(ptr)

)";

constexpr uint32_t kStatsBytes = 24;  // psmc_rt_stats of version 1

std::string escaped(const std::string& text) {
  std::string out;
  for (unsigned char c : text) {
    if (c >= ' ' && c <= '~' && c != '"' && c != '\\')
      out += static_cast<char>(c);
    else
      out += fmt::format("\\{:02X}", c);
  }
  return out;
}

class Codegen {
 public:
  Codegen(const Interface& interface, uint64_t image_bytes) : interface_(interface), image_bytes_(image_bytes) {}

  std::string text() {
    out_ += fmt::format("source_filename = \"{}\"\n", escaped(interface_.prefix));
    out_ += kRuntime;
    out_ += fmt::format("@{} = external constant [{} x i8], align 64\n\n", image_symbol(interface_), image_bytes_);
    wrappers();
    for (const Function& function : interface_.functions) {
      for (const Argument& a : function.arguments)
        if (!a.by_value) out_ += transfer_function(function, a);
      entry(function);
    }
    return out_ + strings_ + "\nattributes #0 = { nounwind \"no-builtins\" }\n";
  }

 private:
  /// open, close, last_error, interface.
  void wrappers() {
    const std::string& p = interface_.prefix;
    out_ += fmt::format(
        "define i32 @{0}_open(ptr %options, ptr %model) #0 {{\n"
        "  %status = call i32 @psmc_rt_open_image(ptr @{1}, i64 {2}, ptr %options, ptr %model)\n  ret i32 "
        "%status\n}}\n\n",
        p, image_symbol(interface_), image_bytes_);
    out_ += fmt::format(
        "define void @{}_close(ptr %model) #0 {{\n  call void @psmc_rt_close(ptr %model)\n  ret void\n}}\n\n", p);
    out_ += fmt::format(
        "define ptr @{}_last_error(ptr %model) #0 {{\n  %text = call ptr @psmc_rt_last_error(ptr %model)\n  ret ptr "
        "%text\n}}\n\n",
        p);
    out_ += fmt::format("define ptr @{}_interface() #0 {{\n  ret ptr {}\n}}\n\n", p, string(describe(interface_)));
  }

  void entry(const Function& function) {
    function_ = &function;
    next_ = 0;
    out_ += fmt::format("define i32 @{}_{}(ptr %model, ptr %args) #0 {{\n", interface_.prefix, function.name);
    check_struct();
    for (const Argument& a : function.arguments) {
      load_fields(a);
      if (a.by_value)
        check_value(a);
      else
        check_array(a);
    }
    for (const Argument& a : function.arguments)
      if (a.input) put(a);
    launch();
    for (const Argument& a : function.arguments)
      if (!a.input) transfer(a);
    out_ += "  ret i32 0\n}\n\n";
  }

  void check_struct() {
    out_ += "  %no.args = icmp eq ptr %args, null\n";
    refuse("%no.args", Code::host_argument, "no arguments were given");
    out_ += fmt::format("  %size = load i32, ptr %args, align 4\n  %size.bad = icmp ult i32 %size, {}\n",
                        function_->args_bytes);
    refuse("%size.bad", Code::host_struct,
           fmt::format("struct_size is less than {}: set it to sizeof(args)", function_->args_bytes));
    out_ += fmt::format(
        "  %version.at = getelementptr i8, ptr %args, i64 4\n  %version = load i32, ptr %version.at, align 4\n"
        "  %version.bad = icmp ne i32 %version, {}\n",
        kAbiVersion);
    refuse("%version.bad", Code::host_struct,
           fmt::format("version is not {}: set it to the ABI_VERSION of the header", kAbiVersion));
  }

  void load_fields(const Argument& a) {
    out_ +=
        fmt::format("  %{0}.field = getelementptr i8, ptr %args, i64 {1}\n  %{0} = load {2}, ptr %{0}.field, align 8\n",
                    local(a), a.offset, a.by_value ? "i64" : "ptr");
    if (a.by_value) return;
    out_ += fmt::format(
        "  %{0}.count.field = getelementptr i8, ptr %args, i64 {1}\n  %{0}.count = load i64, ptr %{0}.count.field, "
        "align 8\n",
        local(a), a.offset + 8);
  }

  void check_value(const Argument& a) {
    if (ir_type(a.device) == "i64") return;
    const std::string_view type = ir_type(a.device);
    out_ += fmt::format(
        "  %{0}.narrow = trunc i64 %{0} to {1}\n  %{0}.wide = sext {1} %{0}.narrow to i64\n  %{0}.bad = icmp ne i64 "
        "%{0}, %{0}.wide\n",
        local(a), type);
    refuse(fmt::format("%{}.bad", local(a)), Code::host_argument,
           fmt::format("{} does not fit {}", a.name, dtype_name(a.device)));
  }

  void check_array(const Argument& a) {
    const std::string_view relation = a.may_be_short() ? "ugt" : a.input ? "ne" : "ult";
    out_ += fmt::format("  %{0}.off = icmp {1} i64 %{0}.count, {2}\n", local(a), relation, a.elements);
    refuse(fmt::format("%{}.off", local(a)), Code::host_argument,
           fmt::format("{0}_count is not {1}{2}: {0} has {2} elements", a.name,
                       a.may_be_short() ? "at most "
                       : a.input        ? ""
                                        : "at least ",
                       a.elements));
    out_ += fmt::format(
        "  %{0}.null = icmp eq ptr %{0}, null\n  %{0}.some = icmp ne i64 %{0}.count, 0\n  %{0}.missing = and i1 "
        "%{0}.null, %{0}.some\n",
        local(a));
    refuse(fmt::format("%{}.missing", local(a)), Code::host_argument, fmt::format("{} is null", a.name));
  }

  void put(const Argument& a) {
    if (!a.by_value) {
      transfer(a);
      return;
    }
    const std::string_view type = ir_type(a.device);
    out_ += fmt::format("  %{0}.slot = alloca i64, align 8\n  store {1} %{0}{2}, ptr %{0}.slot, align 8\n", local(a),
                        type, type == "i64" ? "" : ".narrow");
    stop_unless_good(
        fmt::format("call i32 @psmc_rt_write(ptr %model, i64 {}, ptr %{}.slot, i64 {})", a.address, local(a), a.span));
  }

  void transfer(const Argument& a) {
    stop_unless_good(
        fmt::format("call i32 @{0}(ptr %model, ptr %{1}, i64 %{1}.count)", transfer_name(*function_, a), local(a)));
  }

  void launch() {
    out_ += fmt::format("  %stats = alloca [{0} x i8], align 8\n  store i32 {0}, ptr %stats, align 8\n", kStatsBytes);
    stop_unless_good(fmt::format("call i32 @psmc_rt_launch(ptr %model, i32 {}, ptr %stats)", function_->entry));
    out_ +=
        "  %stats.cycles = getelementptr i8, ptr %stats, i64 8\n  %cycles = load i64, ptr %stats.cycles, align 8\n"
        "  %cycles.field = getelementptr i8, ptr %args, i64 8\n  store i64 %cycles, ptr %cycles.field, align 8\n";
  }

  /// Names of locals that no argument can take: an argument `size` is %a.size.
  static std::string local(const Argument& a) { return "a." + a.name; }

  /// Returns from the function with an error if `condition`.
  void refuse(const std::string& condition, Code code, const std::string& message) {
    const std::string text = string(fmt::format("{}_{}: {}", interface_.prefix, function_->name, message));
    out_ += fmt::format(
        "  br i1 {0}, label %refuse{1}, label %go{1}\nrefuse{1}:\n  %refused{1} = call i32 @psmc_rt_fail(ptr %model, "
        "i32 {2}, ptr {3})\n"
        "  ret i32 %refused{1}\ngo{1}:\n",
        condition, next_, static_cast<int>(code), text);
    ++next_;
  }

  void stop_unless_good(const std::string& call) {
    out_ += fmt::format(
        "  %status{0} = {1}\n  %bad{0} = icmp ne i32 %status{0}, 0\n  br i1 %bad{0}, label %stop{0}, label %good{0}\n"
        "stop{0}:\n  ret i32 %status{0}\ngood{0}:\n",
        next_, call);
    ++next_;
  }

  /// A global with the text; gives its name.
  std::string string(const std::string& text) {
    const std::string name = fmt::format("@text.{}", string_count_++);
    strings_ +=
        fmt::format("{} = private unnamed_addr constant [{} x i8] c\"{}\\00\"\n", name, text.size() + 1, escaped(text));
    return name;
  }

  const Interface& interface_;
  uint64_t image_bytes_;
  const Function* function_ = nullptr;
  std::string out_, strings_;
  size_t next_ = 0, string_count_ = 0;
};

}  // namespace

std::string ir_of(const Interface& interface, uint64_t image_bytes) { return Codegen(interface, image_bytes).text(); }

std::string image_symbol(const Interface& interface) { return interface.prefix + ".image"; }

}  // namespace psmc::host
