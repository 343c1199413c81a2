// Which fields name rows of other menus: interfaces, lists, pools, servers, profiles. The
// command tree knows only that such a field is an "enum" or an "iface_enum".

export interface Ref {
  /** Menus whose rows are meant. */
  menus: readonly string[];
  /** Words that are allowed beside names. */
  also: readonly string[];
  /** A comma list. */
  many?: true;
}

const INTERFACE: Ref = { menus: ["/interface"], also: [] };
const LIST: Ref = { menus: ["/interface/list"], also: [] };
const MATCH: Ref = { menus: ["/interface"], also: ["all-ethernet", "all-ppp", "all-vlan", "all-wireless"] };
const named = (menu: string, ...also: string[]): Ref => ({ menus: [menu], also });

// "menu field" first, then the field alone.
const REFS: ReadonlyMap<string, Ref> = new Map<string, Ref>([
  ["/interface/bridge/port interface", { menus: ["/interface", "/interface/list"], also: [] }],
  ["/interface/bridge/vlan tagged", { ...INTERFACE, many: true }],
  ["/interface/bridge/vlan untagged", { ...INTERFACE, many: true }],
  ["/interface/list/member list", LIST],
  ["/interface/wireguard/peers interface", named("/interface/wireguard")],
  ["/ip/dhcp-server/lease server", named("/ip/dhcp-server", "all")],
  ["/ip/hotspot/user profile", named("/ip/hotspot/user/profile", "default")],
  ["/ppp/secret profile", named("/ppp/profile")],
  ["/ip/service certificate", named("/certificate", "none")],
  ["/user group", named("/user/group")],
  ["/system/logging action", named("/system/logging/action")],
  ["/queue/simple parent", named("/queue/simple", "none")],
  ["/interface/wireless master-interface", named("/interface/wireless", "none")],
  ["/interface/wireless security-profile", named("/interface/wireless/security-profiles", "default")],
  ["/interface/wifi security", named("/interface/wifi/security")],
  ["/interface/wifi configuration", named("/interface/wifi/configuration")],
  ["/interface/wifi datapath", named("/interface/wifi/datapath")],
  ["/interface/wifi channel", named("/interface/wifi/channel")],
  ["/interface/wifi/configuration security", named("/interface/wifi/security")],
  ["/interface/wifi/configuration datapath", named("/interface/wifi/datapath")],
  ["/interface/wifi/configuration channel", named("/interface/wifi/channel")],
  ["interface", INTERFACE],
  ["in-bridge-port", INTERFACE],
  ["out-bridge-port", INTERFACE],
  ["in-bridge-port-list", LIST],
  ["out-bridge-port-list", LIST],
  ["in-interface", MATCH],
  ["out-interface", MATCH],
  ["in-interface-list", LIST],
  ["out-interface-list", LIST],
  ["discover-interface-list", LIST],
  ["allowed-interface-list", LIST],
  ["bridge", named("/interface/bridge")],
  ["datapath.bridge", named("/interface/bridge")],
  ["master-interface", named("/interface/wifi")],
  ["address-pool", named("/ip/pool", "static-only")],
  ["next-pool", named("/ip/pool", "none")],
  ["routing-table", named("/routing/table", "main")],
  ["vrf", named("/ip/vrf", "main")],
]);

/** Which rows a field names, if any. */
export function refOf(menu: string, field: string): Ref | undefined {
  return REFS.get(`${menu} ${field}`) ?? REFS.get(field);
}
