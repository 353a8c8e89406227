// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The page of izhi serve in a real browser: node live.mjs IZHI FOLDER. Pictures of it are left in FOLDER. Exits with 77 if
// there is no browser or no playwright-core here (tests/run installs both).

import {spawn} from 'node:child_process';
import {existsSync, mkdirSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join, resolve} from 'node:path';
import {createInterface} from 'node:readline';

const [izhi, folder] = process.argv.slice(2).map((path) => resolve(path));
const kPatience_ms = 60_000;

function skip(why) {
    console.error(`skipped: ${why}`);
    process.exit(77);
}

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
if (!executablePath) skip('no chromium here (Debian: chromium)');
let chromium;
try {
    ({chromium} = createRequire(join(folder, 'node_modules', 'none.js'))('playwright-core'));
} catch {
    skip(`no playwright-core in ${folder}/node_modules (npm)`);
}
mkdirSync(folder, {recursive: true});

let failures = 0;
function check(good, what) {
    if (good) return;
    ++failures;
    console.error(`FAILED: ${what}`);
}

/// A running izhi serve and its link.
async function serve(...options) {
    const child = spawn(izhi, ['serve', ...options], {stdio: ['ignore', 'pipe', 'inherit']});
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const link = await new Promise((resolve) => createInterface(child.stdout).once('line', resolve));
    return {link, stop: () => { child.kill('SIGINT'); return ended; }};
}

const server = await serve('cortex-1k', '--port', '0');
const browser = await chromium.launch({executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage']});
const complaints = [], elsewhere = [];

async function open(link, options = {}) {
    const context = await browser.newContext({viewport: {width: 1280, height: 800}, colorScheme: 'dark', ...options});
    const page = await context.newPage();
    page.setDefaultTimeout(kPatience_ms);
    page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) complaints.push(message.text()); });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => { if (new URL(request.url()).origin !== new URL(link).origin) elsewhere.push(request.url()); });
    await page.goto(link);
    return page;
}

const time = (page) => page.locator('#time').textContent().then(Number);
const picture = (page) => page.evaluate(() => document.getElementById('raster').toDataURL());
const rates = (page) => page.locator('#legend b').allTextContents().then((texts) => texts.map(Number));
const state = (page, text) => page.waitForFunction((wanted) => document.getElementById('state').textContent === wanted, text);
const untilTime = (page, seconds) => page.waitForFunction((s) => Number(document.getElementById('time').textContent) >= s, seconds);
const rateIs = (page, population, low, high) => page.waitForFunction(([index, least, most]) => {
    const hz = Number(document.querySelectorAll('#legend b')[index].textContent);
    return hz >= least && hz <= most;
}, [population, low, high]);
const mayControl = (page) => page.evaluate(() => !document.getElementById('controls').disabled);

/// Until nothing that was sent is still to be drawn.
async function settled(page) {
    let before = '';
    for (let now = await picture(page); now !== before; now = await picture(page)) {
        before = now;
        await page.waitForTimeout(500);
    }
    return before;
}

async function pageShowsTheRun(page) {
    await state(page, 'running');
    check((await page.title()) === 'cortex-1k · izhi live', 'the title names the network');
    check((await page.locator('#facts').textContent()).startsWith('1,000 neurons, 1,000,000 synapses, seed'), 'its size is shown');
    check(!page.url().includes('token'), 'the token is taken out of the address');
    check(await mayControl(page), 'the token opens the controls');
    await untilTime(page, await time(page) + 2.5);
    const before = [await time(page), await picture(page)];
    await untilTime(page, before[0] + 0.5);
    check((await picture(page)) !== before[1], 'the raster moves');
    const [exc, inh] = await rates(page);
    check(exc > 4 && exc < 12 && inh > 3 && inh < 13, `rates are those of the network: ${exc}, ${inh}`);
    for (const id of ['rates', 'spectrum', 'trace', 'phase'])
        check(await page.evaluate((canvas) => {
            const {width, height} = document.getElementById(canvas);
            const {data} = document.getElementById(canvas).getContext('2d').getImageData(0, 0, width, height);
            return new Set(new Uint32Array(data.buffer)).size > 8;
        }, id), `something is drawn in ${id}`);
    check((await page.locator('#neuron-note').textContent()).startsWith('exc; a 0.02, b 0.2'), 'the neuron is shown');
    check((await page.locator('#step-p50').textContent()).includes('s'), 'step times are shown');
}

async function pauseStopsTheClock(page) {
    await page.locator('#pause').click();
    await state(page, 'paused');
    await settled(page);
    const stands = await time(page);
    await page.waitForTimeout(500);
    check((await time(page)) === stands, 'a paused clock stands');
    await page.locator('#steps').selectOption('10');
    await page.locator('#step').click();
    await page.waitForFunction((before) => Number(document.getElementById('time').textContent) > before, stands);
    await settled(page);
    check(Math.abs(await time(page) - stands - 0.01) < 1e-9, 'ten steps are ten steps');
}

async function secondViewerSeesTheSame(page, link) {
    const second = await open(link);
    await state(second, 'paused');
    const [one, other] = [await settled(page), await settled(second)];
    check((await time(page)) === (await time(second)), 'two viewers have one time');
    check(one === other, 'two viewers see one raster');
    await second.reload();
    await state(second, 'paused');
    check((await settled(second)) === one, 'a reload brings it back');
    check(await mayControl(second), 'a reload keeps the controls');
    await second.locator('body').press('Space');
    await state(page, 'running');
    await second.context().close();
}

async function watchersHaveNoControls(link) {
    const page = await open(link.replace(/#.*/, ''));
    await state(page, 'running');
    check(!(await mayControl(page)), 'no controls without the token');
    await page.locator('#token').fill(/token=(.*)/.exec(link)[1]);
    await page.locator('#token-form button').click();
    await page.waitForFunction(() => !document.getElementById('controls').disabled);
    await page.context().close();
}

async function knobsChangeTheRates(page) {
    for (const id of ['#noise-0', '#noise-1']) {
        await page.locator(id).focus();
        await page.keyboard.press('Home');
    }
    await rateIs(page, 0, 0, 0.5);
    await rateIs(page, 1, 0, 0.5);
    check((await page.locator('.knob:has(#noise-0) output').textContent()) === '0.00 mV/ms', 'the knob says its value');
    await page.locator('#pulse-amplitude').fill('100');
    await page.locator('#pulse').click();
    await rateIs(page, 0, 0.9, 1000);
    await page.screenshot({path: join(folder, 'silent-and-pulse.png')});
    await page.locator('#noise-0').fill('1');
    await page.locator('#noise-1').fill('1');
    await page.locator('#weights-1').fill('0');
    await rateIs(page, 0, 10, 1000);
    await page.locator('#seed').fill('5');
    await page.locator('#restart').click();
    await page.waitForFunction(() => document.getElementById('facts').textContent.includes('seed 5,'));
    await page.waitForFunction(() => document.getElementById('weights-1').value === '1');
    await untilTime(page, 1.5);
    await rateIs(page, 0, 4, 10);
}

async function rasterPicksANeuron(page) {
    await page.locator('#raster').click({position: {x: 300, y: 20}});
    await page.waitForFunction(() => document.getElementById('neuron-note').textContent.startsWith('inh'));
    check(Number(await page.locator('#neuron').inputValue()) >= 800, 'a click picks a neuron');
}

async function looks(page, link) {
    await untilTime(page, 3.5);
    await page.screenshot({path: join(folder, 'dark.png')});
    await page.locator('#theme').click();
    await page.waitForTimeout(500);
    await page.screenshot({path: join(folder, 'light.png')});
    const overflow = (p) => p.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    check((await overflow(page)) <= 0, 'nothing sticks out at 1280 × 800');
    const phone = await open(link, {viewport: {width: 390, height: 844}, deviceScaleFactor: 2, isMobile: true, hasTouch: true});
    await state(phone, 'running');
    await untilTime(phone, await time(phone) + 1.5);
    check((await overflow(phone)) <= 0, 'nothing sticks out on a phone');
    await phone.screenshot({path: join(folder, 'phone.png'), fullPage: true});
    const unnamed = await phone.evaluate(() => [...document.querySelectorAll('button, input, select, canvas')].filter((element) =>
        !(element.labels?.length || element.textContent.trim() || element.getAttribute('aria-label'))).map((element) => element.id));
    check(unnamed.length === 0, `every control has a name: ${unnamed}`);
    await phone.context().close();
}

async function failedRunsAreTold() {
    const network = join(folder, 'wild.toml');
    writeFileSync(network, '[population.a]\nsize = 3\na = 10\nb = 100\nd = -1000\nbias_current = 100000\n');
    const wild = await serve(network, '--port', '0');
    const page = await open(wild.link);
    await state(page, 'failed');
    const fault = await page.locator('#fault').textContent();
    check(fault.includes('left the range of single precision') && await page.locator('#fault').isVisible(), `a fault is shown: ${fault}`);
    await page.screenshot({path: join(folder, 'failed.png')});
    await page.context().close();
    check((await wild.stop()) === 1, 'a failed run ends with 1');
}

async function lostServersComeBack(page, link) {
    const port = new URL(link).port;
    check((await server.stop()) === 130, 'Ctrl-C is 130');
    await state(page, 'no connection');
    const again = await serve('cortex-1k', '--port', port, '--token', /token=(.*)/.exec(link)[1]);
    await state(page, 'running');
    await page.waitForFunction(() => !document.getElementById('controls').disabled);
    await again.stop();
}

try {
    const page = await open(server.link);
    await pageShowsTheRun(page);
    await rasterPicksANeuron(page);
    await page.locator('#neuron').fill('0');
    await page.locator('#neuron').press('Enter');
    await pauseStopsTheClock(page);
    await secondViewerSeesTheSame(page, server.link);
    await watchersHaveNoControls(server.link);
    await knobsChangeTheRates(page);
    await looks(page, server.link);
    check(complaints.length === 0, `the browser complains: ${complaints.join('; ')}`);
    check(elsewhere.length === 0, `something is asked of elsewhere: ${elsewhere}`);
    await failedRunsAreTold();
    await lostServersComeBack(page, server.link);
} finally {
    await browser.close();
    await server.stop();
}
process.exit(failures > 0 ? 1 : 0);
