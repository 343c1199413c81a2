// Texts of the kinds that a router's agent sends to models, for estimates of their tokens.

const english = `The upstairs television lost its address twice this morning, and each time the lease came back after about four
minutes. I would look at the bridge first: one of the two access points announces a second DHCP server, which you can
see in the alerts. If you agree, I will turn it off on the access point and watch the log for an hour. Nothing else in the
house is affected, because every other device renews its lease from the router itself. Your printer keeps the address that
you gave it in March, and the guest network is separate from all of this. Please tell me whether the repair should be
permanent, and whether I may restart the access point tonight when nobody is working.`;

const german = `Der Fernseher im Obergeschoss hat heute Morgen zweimal seine Adresse verloren, und jedes Mal kam die Zuweisung nach
ungefähr vier Minuten zurück. Ich würde zuerst die Brücke prüfen: Einer der beiden Zugangspunkte betreibt einen zweiten
DHCP-Server, was in den Warnungen zu sehen ist. Wenn du einverstanden bist, schalte ich ihn am Zugangspunkt aus und
beobachte eine Stunde lang das Protokoll. Sonst ist im Haus nichts betroffen, weil alle übrigen Geräte ihre Zuweisung beim
Router selbst erneuern. Dein Drucker behält die Adresse, die du ihm im März gegeben hast, und das Gästenetz ist davon
getrennt. Bitte sag mir, ob die Änderung dauerhaft sein soll und ob ich den Zugangspunkt heute Nacht neu starten darf.`;

const russian = `Телевизор на втором этаже сегодня утром дважды терял адрес, и каждый раз аренда возвращалась примерно через четыре
минуты. Сначала я бы проверил мост: одна из двух точек доступа раздаёт адреса сама, это видно в предупреждениях. Если вы
согласны, я отключу второй сервер на точке доступа и буду час следить за журналом. Остальные устройства не затронуты,
потому что они обновляют аренду у самого маршрутизатора. Принтер сохранит адрес, который вы задали в марте.`;

const chinese = `楼上的电视今天早上两次丢失了地址，每次大约四分钟后租约才恢复。我建议先检查网桥：两个接入点之一正在运行第二个 DHCP 服务器，
在告警里可以看到。如果您同意，我会在接入点上关闭它，并观察日志一个小时。家里的其他设备不受影响，因为它们都直接从路由器续租。
打印机会保留您三月份设置的地址，访客网络与此完全分开。请告诉我这个修改是否要永久保存，以及今晚没有人工作的时候我是否可以重启接入点。
另外，路由器的固件有新版本，建议在备份配置之后再升级。`;

const pad = (n: number, width = 2): string => n.toString().padStart(width, "0");
const hex = (n: number): string => ((n * 2_654_435_761) % 256).toString(16).padStart(2, "0").toUpperCase();
const mac = (n: number): string => Array.from({ length: 6 }, (_, i) => hex(n * 7 + i * 13 + 1)).join(":");
const names = ["kitchen-tv", "anna-phone", "printer", "nas", "camera-door", "laptop-ben", "thermostat", "switch-attic"];
const lines = (n: number, line: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => line(i)).join("\n");
const nameOf = (i: number): string => names[i % names.length] ?? "";

const json = JSON.stringify(
  Array.from({ length: 14 }, (_, i) => ({
    ".id": `*${(i + 0x1f).toString(16).toUpperCase()}`,
    address: `192.168.88.${(i * 37) % 250}`,
    "mac-address": mac(i),
    server: "defconf",
    "host-name": nameOf(i),
    status: i % 3 === 0 ? "waiting" : "bound",
    "expires-after": `${i}m${pad((i * 17) % 60)}s`,
    dynamic: i % 2 === 0 ? "true" : "false",
  })),
);

const rows = lines(
  20,
  (i) =>
    `.id=*${(i + 5).toString(16)} address=192.168.88.${(i * 53) % 250} mac-address=${mac(i)} client-id=1:${mac(i).toLowerCase()} server=defconf status=bound last-seen=${i}m${(i * 7) % 60}s host-name=${nameOf(i)} dynamic=true`,
);

const exported = `# by RouterOS 7.24
/interface bridge
add admin-mac=${mac(3)} auto-mac=no comment=defconf name=bridge vlan-filtering=yes
/interface list
add comment=defconf name=WAN
add comment=defconf name=LAN
/ip pool
add name=dhcp ranges=192.168.88.10-192.168.88.254
/ip dhcp-server
add address-pool=dhcp interface=bridge lease-time=30m name=defconf
/interface bridge port
${lines(6, (i) => `add bridge=bridge comment=defconf interface=ether${i + 2} pvid=${10 * (i + 1)}`)}
/ip firewall filter
add action=accept chain=input comment="defconf: accept established,related,untracked" connection-state=established,related,untracked
add action=drop chain=input comment="defconf: drop invalid" connection-state=invalid
add action=accept chain=input comment="defconf: accept ICMP" protocol=icmp
add action=drop chain=input comment="defconf: drop all not coming from LAN" in-interface-list=!LAN
add action=fasttrack-connection chain=forward comment="defconf: fasttrack" connection-state=established,related hw-offload=yes
${lines(5, (i) => `add action=dst-nat chain=dstnat comment="to ${nameOf(i)}" dst-port=${8_000 + i * 11} in-interface-list=WAN protocol=tcp to-addresses=192.168.88.${20 + i} to-ports=${80 + i}`)}
/system clock
set time-zone-name=Europe/Riga
/system ntp client
set enabled=yes`;

const logs = lines(24, (i) => {
  const time = `2024-05-0${1 + (i % 7)} ${pad((i * 5) % 24)}:${pad((i * 13) % 60)}:${pad((i * 29) % 60)}`;
  const texts = [
    `dhcp,info defconf assigned 192.168.88.${(i * 41) % 250} for ${mac(i)} ${nameOf(i)}`,
    `wireless,info ${mac(i)}@wifi1: disconnected, connection lost, signal strength -${60 + (i % 30)}`,
    `system,error,critical login failure for user admin from 203.0.113.${i} via ssh`,
    `interface,info ether${1 + (i % 5)} link ${i % 2 === 0 ? "up (speed 1G, full duplex)" : "down"}`,
  ];
  return `${time} ${texts[i % texts.length] ?? ""}`;
});

const schema = JSON.stringify({
  type: "function",
  function: {
    name: "routeros_print",
    description:
      'Reads rows of one RouterOS menu, such as menu "/ip/dhcp-server/lease". "where" keeps rows whose fields equal the given texts, for example {"dynamic":"true"}. "fields" names the fields to show; leave it out once to learn their names.',
    parameters: {
      type: "object",
      properties: {
        menu: { type: "string", minLength: 1, maxLength: 200 },
        where: { type: "object", additionalProperties: { type: "string" } },
        fields: { type: "array", items: { type: "string" } },
        limit: { type: "integer", minimum: 1, maximum: 500 },
      },
      required: ["menu"],
      additionalProperties: false,
    },
  },
});

/** Kind → text. */
export const TOKEN_TEXTS: Readonly<Record<string, string>> = {
  ...{ English: english, German: german, Russian: russian, Chinese: chinese },
  ...{ JSON: json, rows, export: exported, logs, "tool schema": schema },
};
