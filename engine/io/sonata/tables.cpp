// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/io/sonata/tables.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <unordered_set>
#include <utility>

#include "engine/io/apart.hpp"
#include "engine/io/hdf5_input.hpp"
#include "engine/io/line_reader.hpp"
#include "engine/io/text.hpp"
#include "izhi/error.hpp"

namespace izhi::io::detail {
namespace {

constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();
constexpr hsize_t kPiece = hsize_t{1} << 18;  // edges at a time

bool is_set(hid_t group, const std::string& name) {
    return hdf5_has(group, name) && hdf5_type_of(group, name) == H5O_TYPE_DATASET;
}
bool is_group(hid_t group, const std::string& name) {
    return hdf5_has(group, name) && hdf5_type_of(group, name) == H5O_TYPE_GROUP;
}

/// The kind of a data set; H5T_NO_CLASS unless it has one dimension.
H5T_class_t class_of(hid_t group, const std::string& name, hsize_t& length) {
    const Hdf5Handle set(H5Dopen2(group, name.c_str(), H5P_DEFAULT), H5Dclose, kHdf5Unreadable);
    const Hdf5Handle space(H5Dget_space(set.id()), H5Sclose, kHdf5Unreadable);
    const Hdf5Handle type(H5Dget_type(set.id()), H5Tclose, kHdf5Unreadable);
    if (H5Sget_simple_extent_type(space.id()) != H5S_SIMPLE || H5Sget_simple_extent_ndims(space.id()) != 1)
        return H5T_NO_CLASS;
    hdf5_check(H5Sget_simple_extent_dims(space.id(), &length, nullptr), kHdf5Unreadable);
    return H5Tget_class(type.id());
}

/// A row of texts of fixed or variable length.
std::vector<std::string> read_texts(hid_t group, const std::string& name, const Hdf5Place& place) {
    constexpr hsize_t kMost = hsize_t{1} << 27;
    constexpr std::size_t kLongest = std::size_t{1} << 16;
    const Hdf5Handle set(H5Dopen2(group, name.c_str(), H5P_DEFAULT), H5Dclose, kHdf5Unreadable);
    const Hdf5Handle space(H5Dget_space(set.id()), H5Sclose, kHdf5Unreadable);
    const Hdf5Handle type(H5Dget_type(set.id()), H5Tclose, kHdf5Unreadable);
    hsize_t count = 0;
    hdf5_check(H5Sget_simple_extent_dims(space.id(), &count, nullptr), kHdf5Unreadable);
    const hsize_t stored = H5Dget_storage_size(set.id());
    if (count > kMost || (count > 4096 && count / 1100 > stored))
        place.fail("claims " + std::to_string(count) + " texts and stores " + std::to_string(stored) + " bytes");
    std::vector<std::string> texts;
    texts.reserve(count);
    if (count == 0) return texts;
    const Hdf5Handle memory(H5Tcopy(H5T_C_S1), H5Tclose, kHdf5Unreadable);
    hdf5_check(H5Tset_cset(memory.id(), H5Tget_cset(type.id())), kHdf5Unreadable);
    if (H5Tis_variable_str(type.id()) > 0) {
        hdf5_check(H5Tset_size(memory.id(), H5T_VARIABLE), kHdf5Unreadable);
        std::vector<char*> pointers(count, nullptr);
        hdf5_check(H5Dread(set.id(), memory.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()), kHdf5Unreadable);
        for (const char* pointer : pointers) texts.emplace_back(pointer == nullptr ? "" : pointer);
        H5Dvlen_reclaim(memory.id(), space.id(), H5P_DEFAULT, pointers.data());
    } else {
        const std::size_t length = H5Tget_size(type.id());
        if (length == 0 || length > kLongest) place.fail("holds texts of " + std::to_string(length) + " bytes");
        hdf5_check(H5Tset_size(memory.id(), length + 1), kHdf5Unreadable);
        std::vector<char> bytes(count * (length + 1));
        hdf5_check(H5Dread(set.id(), memory.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()), kHdf5Unreadable);
        for (hsize_t i = 0; i < count; ++i) texts.emplace_back(&bytes[i * (length + 1)]);
    }
    return texts;
}

std::vector<std::int64_t> read_whole_numbers(hid_t group, const std::string& name, const Hdf5Place& place,
                                             hsize_t nodes) {
    Hdf5Numbers set(group, name, place);
    set.require_rank(1);
    set.allow_unwritten(nodes);
    return set.integers();
}

/// Integers with @library/NAME stand for its texts.
std::optional<std::vector<std::string>> read_enumerated(hid_t group, const std::string& name, const Hdf5Place& place,
                                                        hsize_t nodes) {
    if (!is_group(group, "@library")) return std::nullopt;
    const Hdf5Handle library = hdf5_open_group(group, "@library", place / "@library");
    if (!is_set(library.id(), name)) return std::nullopt;
    hsize_t length = 0;
    const Hdf5Place at = place / "@library" / name;
    if (class_of(library.id(), name, length) != H5T_STRING) at.fail("holds no texts");
    const std::vector<std::string> known = read_texts(library.id(), name, at);
    std::vector<std::string> texts;
    for (const std::int64_t number : read_whole_numbers(group, name, place / name, nodes)) {
        if (number < 0 || static_cast<std::uint64_t>(number) >= known.size())
            (place / name)
                .fail("holds " + std::to_string(number) + ", and its @library has " + std::to_string(known.size()) +
                      " texts");
        texts.push_back(known[static_cast<std::size_t>(number)]);
    }
    return texts;
}

void send_column(ApartOutput& out, const std::string& name, const std::vector<std::string>& texts) {
    out.value(true);
    out.text(name);
    out.value(true);
    out.value(static_cast<std::uint64_t>(texts.size()));
    for (const std::string& text : texts) out.text(text);
}

/// Sends the columns of a group that are of use, for receive_columns().
/// @param strict whether all members must be columns of numbers
void send_columns(ApartOutput& out, hid_t group, const Hdf5Place& place, hsize_t nodes, bool strict) {
    for (const std::string& name : hdf5_member_names(group)) {
        if (!is_set(group, name) && !strict) continue;
        hsize_t length = 0;
        const H5T_class_t kind = is_set(group, name) ? class_of(group, name, length) : H5T_NO_CLASS;
        if (strict && kind != H5T_INTEGER && kind != H5T_FLOAT)
            (place / name).fail("is not a row of numbers; allowed: one number for each node of the group");
        if (kind == H5T_STRING) {
            send_column(out, name, read_texts(group, name, place / name));
        } else if (kind == H5T_INTEGER || kind == H5T_FLOAT) {
            if (const auto texts = read_enumerated(group, name, place, nodes)) {
                send_column(out, name, *texts);
                continue;
            }
            Hdf5Numbers numbers(group, name, place / name);
            numbers.allow_unwritten(nodes);
            out.value(true);
            out.text(name);
            out.value(false);
            out.value(std::uint64_t{numbers.count()});
            numbers.send_reals<double>(out, H5T_NATIVE_DOUBLE, [](std::span<double>) {});
        }
    }
    out.value(false);
}

std::vector<SonataColumn> receive_columns(Apart& child) {
    std::vector<SonataColumn> columns;
    while (child.value<bool>()) {
        SonataColumn column;
        column.name = child.text();
        const bool texts = child.value<bool>();
        const auto count = child.value<std::uint64_t>();
        if (texts)
            for (std::uint64_t i = 0; i < count; ++i) column.texts.push_back(child.text());
        else child.column(count, column.numbers);
        columns.push_back(std::move(column));
    }
    return columns;
}

std::vector<std::string> group_names(hid_t population) {
    std::vector<std::string> names;
    for (const std::string& name : hdf5_member_names(population))
        if (is_group(population, name) && name != "indices" && !name.starts_with('@')) names.push_back(name);
    return names;
}

/// Sends a column of integers with its length; nothing if it is absent.
void send_optional(ApartOutput& out, hid_t group, const std::string& name, const Hdf5Place& place, hsize_t nodes) {
    const bool there = hdf5_has(group, name);
    out.value(there);
    if (!there) return;
    const std::vector<std::int64_t> numbers = read_whole_numbers(group, name, place / name, nodes);
    out.value(static_cast<std::uint64_t>(numbers.size()));
    for (std::size_t i = 0; i < numbers.size(); i += kPiece)
        out.values(
            std::span<const std::int64_t>(numbers).subspan(i, std::min<std::size_t>(kPiece, numbers.size() - i)));
}

std::optional<std::vector<std::int64_t>> receive_optional(Apart& child) {
    if (!child.value<bool>()) return std::nullopt;
    std::vector<std::int64_t> numbers;
    child.column(child.value<std::uint64_t>(), numbers);
    return numbers;
}

void send_nodes(ApartOutput& out, const Hdf5Handle& file, const Hdf5Place& place) {
    require_sonata_magic(file.id(), place);
    const Hdf5Place at = place / "nodes";
    const Hdf5Handle nodes = hdf5_open_group(file.id(), "nodes", at);
    for (const std::string& name : hdf5_member_names(nodes.id())) {
        const Hdf5Handle population = hdf5_open_group(nodes.id(), name, at / name);
        out.value(true);
        out.text(name);
        // How many nodes there are, which bounds what a column may claim without being written.
        hsize_t count = 0;
        for (const char* column : {"node_type_id", "node_id"})
            if (hdf5_has(population.id(), column))
                count = std::max(count, Hdf5Numbers(population.id(), column, at / name / column).count());
        // Early files call the group node_group.
        const char* const group_ids =
            hdf5_has(population.id(), "node_group_id") || is_group(population.id(), "node_group") ? "node_group_id"
                                                                                                  : "node_group";
        for (const char* column : {"node_id", "node_type_id", group_ids, "node_group_index"})
            send_optional(out, population.id(), column, at / name, count);
        for (const std::string& group : group_names(population.id())) {
            const Hdf5Place here = at / name / group;
            const Hdf5Handle open = hdf5_open_group(population.id(), group, here);
            out.value(true);
            out.text(group);
            send_columns(out, open.id(), here, count, false);
            if (hdf5_has(open.id(), "dynamics_params") && !is_set(open.id(), "dynamics_params")) {
                const Hdf5Handle dynamics = hdf5_open_group(open.id(), "dynamics_params", here / "dynamics_params");
                send_columns(out, dynamics.id(), here / "dynamics_params", count, true);
            } else {
                out.value(false);
            }
        }
        out.value(false);
    }
    out.value(false);
}

/// The length of the columns of a group; 0 for none.
std::uint64_t length_of(const SonataColumn& column) { return std::max(column.numbers.size(), column.texts.size()); }

/// Joins what was received, and checks that it fits together.
SonataNodes join(std::string file, std::string name, std::optional<std::vector<std::int64_t>> ids,
                 std::optional<std::vector<std::int64_t>> types, std::optional<std::vector<std::int64_t>> group_ids,
                 std::optional<std::vector<std::int64_t>> rows, std::vector<SonataGroup> groups) {
    SonataNodes nodes;
    nodes.file = std::move(file);
    nodes.population = std::move(name);
    nodes.group = std::move(groups);
    const Hdf5Place place{nodes.file, "/nodes/" + nodes.population};
    std::uint64_t size = 0;
    if (types) size = types->size();
    else if (ids) size = ids->size();
    else if (group_ids) size = group_ids->size();
    else if (nodes.group.size() == 1)
        for (const SonataColumn& column : nodes.group[0].attributes) size = std::max(size, length_of(column));
    if (size > std::numeric_limits<std::uint32_t>::max())
        place.fail("has " + std::to_string(size) + " nodes; allowed: at most 2^32 - 1");
    const auto require_length = [&](const char* what, const std::optional<std::vector<std::int64_t>>& column) {
        if (column && column->size() != size)
            (place / what)
                .fail("has " + std::to_string(column->size()) + " values, and node_type_id has " +
                      std::to_string(size) + "; allowed: the same number of both");
    };
    require_length("node_id", ids);
    require_length("node_group_id", group_ids);
    require_length("node_group_index", rows);
    if (group_ids.has_value() != rows.has_value())
        place.fail(std::string("has no ") + (rows ? "node_group_id" : "node_group_index") +
                   "; allowed: both or none of them");
    if (!group_ids && nodes.group.size() > 1)
        (place / "node_group_id").fail("is missing, and there are several groups");
    nodes.types = types ? std::move(*types) : std::vector<std::int64_t>(size, -1);
    nodes.ids.resize(size);
    std::unordered_set<std::uint64_t> seen;
    for (std::uint64_t i = 0; i < size; ++i) {
        const std::int64_t id = ids ? (*ids)[i] : static_cast<std::int64_t>(i);
        if (id < 0) (place / "node_id").fail("holds " + std::to_string(id) + "; allowed: 0 or more");
        nodes.ids[i] = static_cast<std::uint64_t>(id);
        if (ids && !seen.insert(nodes.ids[i]).second)
            (place / "node_id").fail("holds " + std::to_string(id) + " twice; allowed: each once");
    }
    std::map<std::int64_t, std::uint32_t> number_of;
    for (std::uint32_t g = 0; g < nodes.group.size(); ++g)
        if (const auto number = to_whole(nodes.group[g].name)) number_of.emplace(static_cast<std::int64_t>(*number), g);
    if (nodes.group.empty()) nodes.group.emplace_back();
    nodes.groups.assign(size, 0);
    nodes.rows.resize(size);
    std::vector<std::uint64_t> most(nodes.group.size(), 0);
    for (std::uint64_t i = 0; i < size; ++i) {
        if (group_ids) {
            const auto found = number_of.find((*group_ids)[i]);
            if (found == number_of.end() && !number_of.empty())
                (place / "node_group_id")
                    .fail("holds " + std::to_string((*group_ids)[i]) + ", and there is no such group");
            if (found != number_of.end()) nodes.groups[i] = found->second;
            if ((*rows)[i] < 0)
                (place / "node_group_index").fail("holds " + std::to_string((*rows)[i]) + "; allowed: 0 or more");
            nodes.rows[i] = static_cast<std::uint64_t>((*rows)[i]);
        } else {
            nodes.rows[i] = i;
        }
        most[nodes.groups[i]] = std::max(most[nodes.groups[i]], nodes.rows[i] + 1);
    }
    for (std::size_t g = 0; g < nodes.group.size(); ++g) {
        const auto check = [&](const SonataColumn& column, const std::string& path) {
            const Hdf5Place here = place / nodes.group[g].name / (path + column.name);
            if (length_of(column) < most[g])
                here.fail("has " + std::to_string(length_of(column)) +
                          " values, and node_group_index leads to number " + std::to_string(most[g] - 1));
            const std::uint64_t expected = nodes.group.size() == 1 ? size : most[g];
            if (length_of(column) > expected)
                here.fail("has " + std::to_string(length_of(column)) + " values, and its group has " +
                          std::to_string(expected) + " nodes; allowed: one for each");
        };
        for (const SonataColumn& column : nodes.group[g].attributes) check(column, "");
        for (const SonataColumn& column : nodes.group[g].dynamics) check(column, "dynamics_params/");
    }
    return nodes;
}

// ------------------------------------------------------------------------------------------------------------ edges

/// A column of a group of edges, looked up by rows.
class EdgeColumn {
public:
    EdgeColumn(hid_t group, const std::string& name, const Hdf5Place& place) : set_(group, name, place) {
        set_.require_rank(1);
        set_.require_numbers();
    }
    [[nodiscard]] std::uint64_t length() const { return set_.length(); }
    [[nodiscard]] const Hdf5Place& place() const noexcept { return set_.place(); }
    /// The values of some rows, which may come in any order.
    void look_up(const std::vector<std::pair<std::uint64_t, std::size_t>>& rows, std::vector<double>& into) {
        if (rows.empty()) return;
        std::uint64_t low = rows.front().first, high = low;
        for (const auto& [row, place] : rows) {
            low = std::min(low, row);
            high = std::max(high, row);
        }
        if (high >= set_.length())
            set_.place().fail("has " + std::to_string(set_.length()) +
                              " values, and edge_group_index leads to number " + std::to_string(high));
        const bool near = high - low < 4 * kPiece;
        if (!near && whole_.empty()) whole_ = set_.reals();
        if (near && whole_.empty()) {
            slab_.resize(high - low + 1);
            set_.read_some(low, std::span(slab_), H5T_NATIVE_DOUBLE);
        }
        for (const auto& [row, place] : rows) {
            const double value = whole_.empty() ? slab_[row - low] : whole_[row];
            if (!std::isfinite(value))
                set_.place().fail("holds a number that is not finite, value " + std::to_string(row));
            into[place] = value;
        }
    }

private:
    Hdf5Numbers set_;
    std::vector<double> slab_, whole_;
};

struct EdgeGroup {
    std::optional<EdgeColumn> weight, delay, nsyns;
};

void send_edges_of(ApartOutput& out, hid_t population, const std::string& name, const Hdf5Place& place) {
    const Hdf5Numbers sources(population, "source_node_id", place / "source_node_id"),
        targets(population, "target_node_id", place / "target_node_id");
    std::optional<Hdf5Numbers> types, group_ids, rows;
    sources.require_rank(1);
    const std::uint64_t count = sources.count();
    // Of a group alone, which has all edges.
    const auto require_length = [&](const std::optional<EdgeColumn>& column, std::size_t groups) {
        if (column && (groups == 1 ? column->length() != count : column->length() > count))
            column->place().fail("has " + std::to_string(column->length()) + " values, and there are " +
                                 std::to_string(count) + " edges; allowed: one for each");
    };
    const auto require = [&](const Hdf5Numbers& set, const char* what) {
        set.require_rank(1);
        set.require_integers();
        if (set.length() != count)
            (place / what)
                .fail("has " + std::to_string(set.length()) + " values, and source_node_id has " +
                      std::to_string(count) + "; allowed: the same number of both");
    };
    require(sources, "source_node_id");
    require(targets, "target_node_id");
    const auto optional = [&](const char* what, std::optional<Hdf5Numbers>& into) {
        if (!hdf5_has(population, what)) return;
        into.emplace(population, what, place / what);
        require(*into, what);
    };
    optional("edge_type_id", types);
    optional(hdf5_has(population, "edge_group_id") ? "edge_group_id" : "edge_group", group_ids);  // of early files
    optional("edge_group_index", rows);
    if (group_ids.has_value() != rows.has_value())
        place.fail(std::string("has no ") + (rows ? "edge_group_id" : "edge_group_index") +
                   "; allowed: both or none of them");

    out.value(true);
    out.text(name);
    for (const Hdf5Numbers* set : {&sources, &targets}) {
        const std::string nodes = hdf5_read_text_attribute(set->id(), "node_population");
        if (nodes.empty())
            set->place().fail("has no attribute node_population; allowed: the name of the population of its nodes");
        out.text(nodes);
    }
    out.value(count);
    std::map<std::int64_t, EdgeGroup> groups;
    std::set<std::string> models;
    std::vector<std::string> names = group_names(population), attributes;
    if (!group_ids && names.size() > 1) (place / "edge_group_id").fail("is missing, and there are several groups");
    for (const std::string& group : names) {
        const Hdf5Place here = place / group;
        const Hdf5Handle open = hdf5_open_group(population, group, here);
        for (const std::string& column : hdf5_member_names(open.id()))
            if (is_set(open.id(), column)) attributes.push_back(column);
        if (is_group(open.id(), "dynamics_params")) {
            const Hdf5Handle dynamics = hdf5_open_group(open.id(), "dynamics_params", here / "dynamics_params");
            for (const std::string& column : hdf5_member_names(dynamics.id()))
                attributes.push_back("dynamics_params/" + column);
        }
        if (hsize_t length = 0; is_set(open.id(), "model_template")) {
            const Hdf5Place at = here / "model_template";
            if (class_of(open.id(), "model_template", length) == H5T_STRING) {
                for (std::string& model : read_texts(open.id(), "model_template", at)) models.insert(std::move(model));
            } else if (auto known = read_enumerated(open.id(), "model_template", here, count)) {
                models.insert(known->begin(), known->end());
            } else {
                at.fail("holds no texts");
            }
        }
        EdgeGroup made;
        const auto column = [&](const char* what, std::optional<EdgeColumn>& into) {
            if (hdf5_has(open.id(), what)) into.emplace(open.id(), what, here / what);
        };
        column("syn_weight", made.weight);
        column("delay", made.delay);
        column("nsyns", made.nsyns);
        const EdgeColumn* first = nullptr;
        for (const auto* each : {&made.weight, &made.delay, &made.nsyns}) {
            require_length(*each, names.size());
            if (!*each) continue;
            if (first != nullptr && (*each)->length() != first->length())
                (*each)->place().fail("has " + std::to_string((*each)->length()) + " values, and " +
                                      first->place().path + " has " + std::to_string(first->length()) +
                                      "; allowed: the same number of both");
            if (first == nullptr) first = &**each;
        }
        if (const auto number = to_whole(group)) groups.emplace(static_cast<std::int64_t>(*number), std::move(made));
    }
    models.erase("");
    models.erase("NULL");
    for (const std::string& attribute : attributes) {
        out.value(true);
        out.text(attribute);
    }
    out.value(false);
    for (const std::string& model : models) {
        out.value(true);
        out.text(model);
    }
    out.value(false);

    std::vector<std::int64_t> integers, in_group, in_row;
    std::vector<double> numbers;
    std::vector<std::pair<std::uint64_t, std::size_t>> wanted;
    for (std::uint64_t first = 0; first < count; first += kPiece) {
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, count - first));
        const auto read = [&](const Hdf5Numbers& set, std::vector<std::int64_t>& into, bool negative) {
            into.resize(size);
            set.read_some(first, std::span(into), H5T_NATIVE_INT64);
            for (const std::int64_t value : into)
                if (value < 0 && !negative) set.place().fail("holds " + std::to_string(value) + "; allowed: 0 or more");
        };
        for (const Hdf5Numbers* set : {&sources, &targets}) {
            read(*set, integers, false);
            out.values(std::span<const std::int64_t>(integers));
        }
        if (types) read(*types, integers, true);
        else integers.assign(size, -1);
        out.values(std::span<const std::int64_t>(integers));
        if (group_ids) {
            read(*group_ids, in_group, false);
            read(*rows, in_row, false);
        }
        const auto send = [&](std::optional<EdgeColumn> EdgeGroup::*which) {
            numbers.assign(size, kAbsent);
            for (auto& [number, group] : groups) {
                if (!(group.*which)) continue;
                wanted.clear();
                for (std::size_t i = 0; i < size; ++i) {
                    if (group_ids && in_group[i] != number) continue;
                    wanted.emplace_back(group_ids ? static_cast<std::uint64_t>(in_row[i]) : first + i, i);
                }
                (group.*which)->look_up(wanted, numbers);
            }
            out.values(std::span<const double>(numbers));
        };
        if (group_ids && !groups.empty())
            for (const std::int64_t number : in_group)
                if (!groups.contains(number))
                    (place / "edge_group_id").fail("holds " + std::to_string(number) + ", and there is no such group");
        send(&EdgeGroup::weight);
        send(&EdgeGroup::delay);
        send(&EdgeGroup::nsyns);
    }
}

}  // namespace

std::vector<SonataNodes> read_sonata_nodes(const std::filesystem::path& file) {
    const std::string name = file.string();
    require_hdf5(file);
    Apart child(name, [&](ApartOutput& out) {
        hdf5_guarded(name, [&] { send_nodes(out, hdf5_open_file(name), Hdf5Place{name, ""}); });
    });
    std::vector<SonataNodes> all;
    while (child.value<bool>()) {
        std::string population = child.text();
        auto ids = receive_optional(child), types = receive_optional(child), group_ids = receive_optional(child),
             rows = receive_optional(child);
        std::vector<SonataGroup> groups;
        while (child.value<bool>()) {
            SonataGroup group;
            group.name = child.text();
            group.attributes = receive_columns(child);
            group.dynamics = receive_columns(child);
            groups.push_back(std::move(group));
        }
        all.push_back(join(name, std::move(population), std::move(ids), std::move(types), std::move(group_ids),
                           std::move(rows), std::move(groups)));
    }
    child.finish();
    return all;
}

void read_sonata_edges(const std::filesystem::path& file, const std::function<void(const SonataEdges&)>& begin,
                       const std::function<void(const SonataEdgePiece&)>& take) {
    const std::string name = file.string();
    require_hdf5(file);
    Apart child(name, [&](ApartOutput& out) {
        hdf5_guarded(name, [&] {
            const Hdf5Handle open = hdf5_open_file(name);
            const Hdf5Place place{name, ""}, at = place / "edges";
            require_sonata_magic(open.id(), place);
            const Hdf5Handle edges = hdf5_open_group(open.id(), "edges", at);
            for (const std::string& population : hdf5_member_names(edges.id()))
                send_edges_of(out, hdf5_open_group(edges.id(), population, at / population).id(), population,
                              at / population);
            out.value(false);
        });
    });
    SonataEdgePiece piece;
    while (child.value<bool>()) {
        SonataEdges edges{.file = name,
                          .population = child.text(),
                          .source = {},
                          .target = {},
                          .count = 0,
                          .models = {},
                          .attributes = {}};
        edges.source = child.text();
        edges.target = child.text();
        edges.count = child.value<std::uint64_t>();
        while (child.value<bool>()) edges.attributes.push_back(child.text());
        while (child.value<bool>()) edges.models.push_back(child.text());
        begin(edges);
        for (piece.first = 0; piece.first < edges.count; piece.first += piece.sources.size()) {
            piece.sources.clear();
            piece.targets.clear();
            piece.types.clear();
            piece.weights.clear();
            piece.delays.clear();
            piece.nsyns.clear();
            const std::size_t count = child.append(piece.sources);
            if (count == 0 || child.append(piece.targets) != count || child.append(piece.types) != count ||
                child.append(piece.weights) != count || child.append(piece.delays) != count ||
                child.append(piece.nsyns) != count)
                throw Error(name + ": cannot be read: its edges do not fit together");
            take(piece);
        }
    }
    child.finish();
}

}  // namespace izhi::io::detail
