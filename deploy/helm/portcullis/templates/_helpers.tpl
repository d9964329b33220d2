{{- define "portcullis.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Room is left for the longest suffix, "-headless". */}}
{{- define "portcullis.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 54 | trimSuffix "-" -}}
{{- else if contains (include "portcullis.name" .) .Release.Name -}}
{{- .Release.Name | trunc 54 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "portcullis.name" .) | trunc 54 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What a selector may use: it can never be changed. */}}
{{- define "portcullis.selectorLabels" -}}
app.kubernetes.io/name: {{ include "portcullis.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "portcullis.labels" -}}
{{ include "portcullis.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: portcullis
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "portcullis.serviceAccountName" -}}
{{- $default := ternary (include "portcullis.fullname" .) "default" .Values.serviceAccount.create -}}
{{- default $default .Values.serviceAccount.name -}}
{{- end -}}

{{- define "portcullis.image" -}}
{{- with .Values.image -}}
{{- $name := list .registry .repository | compact | join "/" -}}
{{- if .digest -}}{{ $name }}@{{ .digest }}{{- else -}}{{ $name }}:{{ default $.Chart.AppVersion .tag }}{{- end -}}
{{- end -}}
{{- end -}}

{{/* The Secret with the certificate; empty without TLS. */}}
{{- define "portcullis.tlsSecret" -}}
{{- if .Values.tls.existingSecret -}}
{{- .Values.tls.existingSecret -}}
{{- else if .Values.tls.certManager.enabled -}}
{{- printf "%s-tls" (include "portcullis.fullname" .) -}}
{{- end -}}
{{- end -}}

{{/* An address on all interfaces: (list $ PORT), with TLS if there is any. */}}
{{- define "portcullis.listen" -}}
{{- $root := index . 0 -}}
{{- $parameters := list -}}
{{- $scheme := "tcp" -}}
{{- if include "portcullis.tlsSecret" $root -}}
{{- $scheme = "tls" -}}
{{- $parameters = list "cert=/etc/portcullis/tls/tls.crt" "key=/etc/portcullis/tls/tls.key" -}}
{{- if $root.Values.tls.clientCa -}}
{{- $parameters = append $parameters "client-ca=/etc/portcullis/tls/ca.crt" -}}
{{- end -}}
{{- end -}}
{{- $scheme }}://0.0.0.0:{{ index . 1 }}{{ with $parameters }}?{{ join "&" . }}{{ end -}}
{{- end -}}

{{/* The arguments that both modes share. */}}
{{- define "portcullis.commonArgs" -}}
- --policies=/etc/portcullis/policies
- --session-keys=/etc/portcullis/session-keys
{{- if .Values.secrets.existingSecret }}
- --secrets=/etc/portcullis/secrets
{{- end }}
- --state=/var/lib/portcullis/state.db
- --admin-listen=0.0.0.0:{{ .Values.admin.port }}
- --audit-log={{ .Values.audit.log }}
- --audit-on-full={{ .Values.audit.onFull }}
- --log-format=json
- --log-level={{ .Values.log.level }}
- --shutdown-timeout={{ .Values.shutdownTimeout }}
{{- end -}}

{{/* What both modes' containers share. */}}
{{- define "portcullis.container" -}}
image: {{ include "portcullis.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- with .Values.extraEnv }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
startupProbe:
  httpGet: { path: /readyz, port: admin }
  {{- toYaml .Values.startupProbe | nindent 2 }}
readinessProbe:
  httpGet: { path: /readyz, port: admin }
  {{- toYaml .Values.readinessProbe | nindent 2 }}
livenessProbe:
  httpGet: { path: /livez, port: admin }
  {{- toYaml .Values.livenessProbe | nindent 2 }}
{{- end -}}

{{- define "portcullis.volumeMounts" -}}
- { name: portcullis-policies, mountPath: /etc/portcullis/policies, readOnly: true }
- { name: portcullis-session-keys, mountPath: /etc/portcullis/session-keys, readOnly: true }
{{- if .Values.secrets.existingSecret }}
- { name: portcullis-secrets, mountPath: /etc/portcullis/secrets, readOnly: true }
{{- end }}
- { name: portcullis-state, mountPath: /var/lib/portcullis }
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "portcullis.volumes" -}}
- name: portcullis-policies
  configMap:
    name: {{ default (printf "%s-policies" (include "portcullis.fullname" .)) .Values.policies.existingConfigMap }}
- name: portcullis-session-keys
  secret:
    secretName: {{ required "keys.existingSecret is required: the Secret with the session keys" .Values.keys.existingSecret }}
    defaultMode: 0440
{{- with .Values.secrets.existingSecret }}
- name: portcullis-secrets
  secret: { secretName: {{ . }}, defaultMode: 0440 }
{{- end }}
- name: portcullis-state
  emptyDir: { sizeLimit: 256Mi }
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* What both modes' pods share. */}}
{{- define "portcullis.podSpec" -}}
serviceAccountName: {{ include "portcullis.serviceAccountName" . }}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
topologySpreadConstraints:
{{- if .Values.topologySpreadConstraints }}
  {{- toYaml .Values.topologySpreadConstraints | nindent 2 }}
{{- else }}
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - topologyKey: {{ . }}
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "portcullis.selectorLabels" $ | nindent 8 }}
    matchLabelKeys: [pod-template-hash]
  {{- end }}
{{- end }}
{{- end -}}
