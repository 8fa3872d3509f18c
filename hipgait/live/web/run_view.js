// The run page: draws what the server shows, computes nothing but places on the screen.
// Text reaches the page only through Vue's escaping. Hue means side; a cue inverts its box.
const LEFT = "left", RIGHT = "right";
const SIDES = [LEFT, RIGHT];

export default {
  props: { pulse: { type: Number, default: 0 } },
  template: `
<main :class="['hg', {dark: dark}]" :data-phase="p.phase" :data-number="p.number">
  <header class="hg-top">
    <b class="hg-clock">{{p.clock}}</b>
    <span>{{p.where}}</span>
    <span>{{p.cadence}} <small>spm</small></span>
    <button v-if="silent" class="hg-small" data-do="sound" @click="listen">Sound on</button>
    <button :class="['hg-small', {late: silent}]" data-do="dark" @click="turn" :aria-pressed="dark" aria-label="dark page">{{dark ? "Sun" : "Dark"}}</button>
  </header>

  <section class="hg-now" v-if="p.title">
    <h1>{{p.title}}</h1>
    <div class="hg-trio">
      <div class="hg-num" v-if="p.sides.left"><i class="L">◀ LEFT</i>
        <b class="L" data-side="left">{{p.sides.left.value}}<small>{{p.unit}}</small></b>
        <span :class="{over: p.sides.left.over}">{{p.sides.left.note}}</span></div>
      <svg viewBox="0 0 104 156" role="img" :aria-label="gaugeWords">
        <template v-if="p.limit !== null && known">
          <rect x="18" :y="y(p.limit)" width="68" :height="Math.max(0, 148 - y(p.limit))" fill="var(--band)"/>
          <line x1="8" x2="96" :y1="y(p.limit)" :y2="y(p.limit)" stroke="var(--ink)" stroke-width="2.5" stroke-dasharray="6 4"/>
          <text x="52" :y="y(p.limit) - 7" font-size="13" text-anchor="middle" class="strong">limit {{signed(p.limit)}}</text>
        </template>
        <rect v-else-if="known && p.matters" x="18" :y="y(p.matters)" width="68" :height="y(-p.matters) - y(p.matters)" fill="var(--band)"/>
        <line x1="18" x2="86" :y1="y(0)" :y2="y(0)" stroke="var(--ink2)" stroke-width="1.5" :stroke-dasharray="known ? null : '2 4'"/>
        <text v-if="known" x="52" :y="y(0) + 15" font-size="13" text-anchor="middle">fresh</text>
        <path v-if="has('left')" :d="'M2,' + y(p.sides.left.change) + ' l22,-12 v24z'" fill="var(--l)" stroke="var(--bg)" stroke-width="1.5"/>
        <path v-if="has('right')" :d="'M102,' + y(p.sides.right.change) + ' l-22,-12 v24z'" fill="var(--r)" stroke="var(--bg)" stroke-width="1.5"/>
      </svg>
      <div class="hg-num" v-if="p.sides.right"><i class="R">RIGHT ▶</i>
        <b class="R" data-side="right">{{p.sides.right.value}}<small>{{p.unit}}</small></b>
        <span :class="{over: p.sides.right.over}">{{p.sides.right.note}}</span></div>
    </div>
  </section>

  <section :class="['hg-say', {inv: p.say.cue}]" role="status" aria-live="polite">{{p.say.head}}<span>{{p.say.text}}</span><small v-for="n in p.notices" :key="n">{{n}}</small></section>

  <section class="hg-trend" v-if="p.title">
    <h2>{{p.trend_title}}</h2>
    <svg viewBox="0 0 336 140" role="img" :aria-label="p.trend_title">
      <rect x="26" width="266" :y="ty(bandTop)" :height="Math.max(0, 120 - ty(bandTop))" fill="var(--band)"/>
      <template v-if="p.limit !== null && anyTrend">
        <line x1="26" x2="292" :y1="ty(p.limit)" :y2="ty(p.limit)" stroke="var(--ink)" stroke-width="1.8" stroke-dasharray="6 4"/>
        <text x="30" :y="ty(p.limit) - 5" font-size="12" class="ink">limit</text>
      </template>
      <template v-for="t in ticks" :key="'t' + t">
        <text x="20" :y="ty(t) + 4" font-size="12" text-anchor="end">{{t === 0 ? "0" : signed(t, 0)}}{{t === ticks[ticks.length - 1] ? p.unit : ""}}</text>
      </template>
      <line x1="26" x2="292" :y1="ty(0)" :y2="ty(0)" stroke="var(--rule)"/>
      <template v-for="k in 4" :key="'x' + k">
        <text :x="26 + 266 * (k - 1) / 3" y="136" font-size="12" text-anchor="middle">{{minute(k)}}{{k === 4 ? " min" : ""}}</text>
      </template>
      <template v-for="s in sides" :key="'l' + s">
        <path v-if="line(s)" :d="line(s)" fill="none" :stroke="hue(s)" stroke-width="2.6" :stroke-dasharray="s === 'right' ? '6 3' : null"/>
        <text v-if="line(s)" :x="end(s).x + 6" :y="end(s).y" font-size="13" class="strong" :style="{fill: hue(s)}">{{s}}</text>
      </template>
      <text v-if="!anyTrend" x="159" y="61" font-size="14" text-anchor="middle">The first line appears after 2 minutes.</text>
    </svg>
    <h2 class="hg-step">Within a step, landing to push-off</h2>
    <div class="hg-curves">
      <svg v-for="s in sides" :key="'c' + s" viewBox="0 0 160 62" role="img" :aria-label="s + ': last ten steps over fresh'">
        <line x1="4" x2="156" :y1="cy(0)" :y2="cy(0)" stroke="var(--rule)" stroke-width=".8"/>
        <path :d="curve(p.sides[s].fresh_curve)" fill="none" stroke="var(--ink2)" stroke-width="1.4"/>
        <path :d="curve(p.sides[s].curve)" fill="none" :stroke="hue(s)" stroke-width="3.2" :stroke-dasharray="s === 'right' ? '7 3' : null"/>
        <text v-if="p.sides[s].fresh_curve.length" x="156" y="11" font-size="12" text-anchor="end">thin: fresh</text>
      </svg>
    </div>
    <div class="hg-lean" v-if="p.lean"><b class="L">{{p.lean.left || ""}}</b><span>{{p.lean_name}}</span><b class="R">{{p.lean.right || ""}}</b></div>
  </section>

  <section class="hg-side">
    <div><h2>Sensors</h2><table><tr v-for="s in p.sensors" :key="s.placement">
      <td :class="tint(s.side)">{{s.name}}</td><td>{{s.state}}</td><td>{{s.battery}}</td></tr></table></div>
    <div><h2>Cue</h2><table><tr v-for="r in p.cue_rows" :key="r[0]"><td>{{r[0]}}</td><td>{{r[1]}}</td></tr></table></div>
  </section>

  <section class="hg-health"><div v-for="s in p.sensors" :key="s.placement" :class="{bad: !s.ok}">{{s.short}}</div></section>

  <section class="hg-btn" v-if="controls">
    <button data-do="lap" @click="$emit('lap')">Lap<small>{{p.laps}} so far</small></button>
    <button data-do="pain" @click="asking = true">Pain<small>mark 0 to 10</small></button>
    <button class="stop" data-do="stop" @pointerdown="hold" @pointerup="release" @pointerleave="release" @keydown.enter="hold" @keyup.enter="release"
      :style="{'--held': held}">Hold to stop<small>saves, then report</small></button>
  </section>
  <section class="hg-btn one" v-else><button data-do="control" @click="$emit('control')">Watching<small>tap to take control</small></button></section>
  <div class="hg-ask" v-if="asking" role="dialog" aria-label="How strong is the pain?">
    <h2>How strong is the pain?</h2>
    <div class="hg-keys"><button v-for="n in 11" :key="n" :data-level="n - 1" @click="pain(n - 1)">{{n - 1}}</button></div>
    <p>0 none, 10 the worst you can think of. Sharp pain: stop.</p>
    <button class="hg-wide" @click="asking = false">Back</button>
  </div>
  <div class="hg-gone" v-if="stale" role="alert">No connection to hipgait. The recording goes on there.</div>
</main>`,
  data() {
    return {
      p: { phase: "", number: 0, clock: "00:00", where: "", cadence: "–", title: "", sides: {}, unit: "", limit: null,
        matters: null, span_min: 5, lean: null, say: { head: "Connecting", text: "", cue: false }, notices: [], sensors: [], cue_rows: [],
        sound: 0, kind: "none", word: "", metronome_spm: null, laps: 0, marks: 0 },
      controls: false, dark: false, asking: false, held: 0, timer: null, audio: null, stale: false, last: 0, beat: null, next: 0,
    };
  },
  computed: {
    sides() { return SIDES.filter((s) => this.p.sides[s]); },
    known() { return this.sides.some((s) => this.p.sides[s].change !== null); },
    silent() { return this.audio === null && this.p.kind !== "none"; },
    anyTrend() { return this.sides.some((s) => this.p.sides[s].trend[0].length > 1); },
    bandTop() { return this.p.limit !== null ? this.p.limit : this.p.matters || 0; },
    scale() { // half of the gauge's and the trend's range, in the outcome's unit
      const all = this.sides.flatMap((s) => this.p.sides[s].trend[1]).map(Math.abs);
      const least = 2 * Math.max(this.p.matters || 1, Math.abs(this.p.limit || 0) * 0.75);
      return Math.max(least, Math.ceil(Math.max(0, ...all)));
    },
    ticks() { const s = this.scale / 2; return [-s, 0, s, 2 * s]; },
    gaugeWords() {
      const said = this.sides.map((s) => this.p.sides[s].change === null ? s + " not known" : s + " " + this.signed(this.p.sides[s].change));
      return "Change since fresh: " + said.join(", ") + (this.p.limit === null ? "" : ", limit " + this.signed(this.p.limit));
    },
    span() { // curves of both sides on one scale
      const all = this.sides.flatMap((s) => [...this.p.sides[s].curve, ...this.p.sides[s].fresh_curve]);
      return { low: Math.min(-1, ...all), high: Math.max(1, ...all) };
    },
  },
  methods: {
    draw(page, controls) {
      if (page.sound !== this.p.sound && this.p.phase) this.cue(page);
      this.p = page; this.controls = controls; this.last = Date.now(); this.stale = false;
      this.pace(page.metronome_spm);
      requestAnimationFrame(() => { window.hipgaitDrawn = { number: page.number, at: Date.now() }; });
    },
    has(s) { return this.p.sides[s] && this.p.sides[s].change !== null; },
    hue(s) { return s === LEFT ? "var(--l)" : "var(--r)"; },
    tint(s) { return s === LEFT ? "L" : s === RIGHT ? "R" : ""; },
    signed(v, digits = 1) {
      const t = Math.abs(v).toFixed(digits === 0 && v % 1 ? 1 : digits);
      return Number(t) === 0 ? t : (v > 0 ? "+" : "\u2212") + t;
    },
    y(change) { const c = Math.max(-1, Math.min(1.6, change / this.scale * 2)); return 101 - 39 * c; },
    ty(v) { return 89 - 31 * Math.max(-1, Math.min(2.2, v / this.scale * 2)); },
    minute(k) { const m = this.p.span_min * (k - 1) / 3; return Number.isInteger(m) ? m : m.toFixed(1); },
    points(s) {
      const [m, c] = this.p.sides[s].trend;
      return m.map((t, i) => [26 + 266 * t / this.p.span_min, this.ty(c[i])]);
    },
    line(s) { const q = this.points(s); return q.length > 1 ? "M" + q.map((a) => a[0].toFixed(1) + "," + a[1].toFixed(1)).join("L") : ""; },
    end(s) {
      const mine = this.points(s).at(-1), other = s === LEFT ? RIGHT : LEFT;
      let y = mine[1] + 4;
      if (this.p.sides[other] && this.points(other).length) { // labels never lie on each other
        const theirs = this.points(other).at(-1)[1] + 4, mid = (y + theirs) / 2;
        if (Math.abs(y - theirs) < 14) y = mid + (y > theirs || (y === theirs && s === LEFT) ? 7 : -7);
      }
      return { x: Math.min(mine[0], 296), y };
    },
    cy(v) { return 58 - 54 * (v - this.span.low) / (this.span.high - this.span.low); },
    curve(values) {
      return values.length > 1 ? "M" + values.map((v, i) => (4 + 152 * i / (values.length - 1)).toFixed(1) + "," + this.cy(v).toFixed(1)).join("L") : "";
    },
    turn() { this.dark = !this.dark; try { localStorage.setItem("hipgait-dark", this.dark ? "1" : ""); } catch (e) { /* private window */ } },
    pain(level) { this.asking = false; this.$emit("pain", level); },
    hold() {
      if (this.timer) return;
      const begun = Date.now();
      this.timer = setInterval(() => {
        this.held = Math.min(1, (Date.now() - begun) / 1000);
        if (this.held >= 1) { this.release(); this.$emit("stop"); }
      }, 50);
    },
    release() { clearInterval(this.timer); this.timer = null; this.held = 0; },
    listen() { // browsers want a tap before the first sound
      this.audio = new (window.AudioContext || window.webkitAudioContext)();
      this.tone(880, 0.08, 0);
      this.$emit("sound");
    },
    tone(hertz, seconds, wait) {
      if (!this.audio) return;
      const at = this.audio.currentTime + wait, o = this.audio.createOscillator(), g = this.audio.createGain();
      o.frequency.value = hertz; g.gain.setValueAtTime(0.4, at); g.gain.exponentialRampToValueAtTime(0.001, at + seconds);
      o.connect(g).connect(this.audio.destination); o.start(at); o.stop(at + seconds);
    },
    cue(page) {
      window.hipgaitCues = (window.hipgaitCues || 0) + 1;
      if (page.kind === "word" && window.speechSynthesis) window.speechSynthesis.speak(new SpeechSynthesisUtterance(page.say.head.replace(/[◀▶]/g, "")));
      else { this.tone(660, 0.18, 0); this.tone(880, 0.25, 0.2); }
    },
    pace(spm) {
      if (spm === this.beat) return;
      this.beat = spm; clearInterval(this.ticking); this.ticking = null;
      if (!spm || !this.audio) { if (spm) this.beat = null; return; }
      this.next = this.audio.currentTime + 0.1;
      this.ticking = setInterval(() => { // a little ahead, on the audio clock, so that beats are even
        while (this.next < this.audio.currentTime + 0.3) { this.tone(1200, 0.04, this.next - this.audio.currentTime); this.next += 60 / this.beat; }
      }, 100);
    },
  },
  mounted() {
    try { this.dark = localStorage.getItem("hipgait-dark") === "1"; } catch (e) { /* private window */ }
    this.watching = setInterval(() => { this.stale = this.last > 0 && Date.now() - this.last > 4000; }, 500);
    this.$emit("ready");
  },
  unmounted() { clearInterval(this.watching); clearInterval(this.ticking); this.release(); },
};
